"""The knowledge base as parts of LangChain: a retriever and a runnable that answers.

LangChain itself is imported by the modules, so that importing this package stays cheap.
"""
