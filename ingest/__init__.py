"""From files to stored and indexed documents."""
