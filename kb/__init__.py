"""What indexing and querying must agree on: domain types, ports, text, settings and stores."""
