"""Follow-up questions: what they refer to, put in from the conversation that is remembered."""
