"""What a text says about itself, each value with its evidence: date, author, place, field."""
