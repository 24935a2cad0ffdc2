// Most of the time these tests wait for time-outs to pass: more of them at once than there are processors.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
