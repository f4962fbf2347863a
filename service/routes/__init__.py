"""Routes of the service, one router a module."""
