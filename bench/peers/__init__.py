"""The others, each in a process of its own: two lists of names on standard input, one JSON line on standard output.

The first list is done before the clock starts, so that the token is there, the connections are open and the libraries
loaded. That is more than the originals do, and more than we do for ourselves.
"""
