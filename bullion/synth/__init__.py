"""A synthetic bank: from a seed to the extracts of 22 tables, and the truth about them.

:mod:`bank` takes the arguments and assembles the files that workers write, block by block
(:mod:`blocks`). A block is made along its customers' lives: ``market`` is what stands before any
customer; ``customers`` draws who comes, what they hold, borrow and say, and when they leave
(:mod:`life`); ``money`` draws what they try to pay and what becomes of it (:mod:`transactions`);
``deltas`` cuts the later extracts out of it; :mod:`faults` plants the bad rows; ``files`` encodes
and writes; ``truth`` says what was planted. Every draw has a stream of its own (:mod:`streams`),
so that switching one effect off moves no other.
"""
