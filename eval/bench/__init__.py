"""Speed and memory beside what users would pick instead, measured in one run (`make bench`).

Machines differ and are noisy, so only figures of the same run are compared, round by round. It
judges nothing: the targets stand beside the ratios.
"""
