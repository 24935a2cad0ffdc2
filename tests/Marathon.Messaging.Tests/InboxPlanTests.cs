namespace Marathon.Messaging.Tests;

public class InboxPlanTests
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a"), B = new("00000000-0000-0000-0000-00000000000b");

    private static InboxEvent Event(Guid aggregate, int version, string stream = "things") =>
        new("tests", stream, aggregate, version, "type", [], null, DateTimeOffset.UnixEpoch);

    private static InboxPlan Plan(IEnumerable<InboxEvent> events, int lastOfA = 0, params InboxEvent[] parked) =>
        InboxPlan.Make(events, new Dictionary<(string, Guid), int> { [("things", A)] = lastOfA }, parked.ToLookup(candidate => candidate.Key), _ => 0);

    /// <summary>Of a stream whose beginnings are passed over.</summary>
    private static InboxPlan PlanBegun(int? lastOfA, params InboxEvent[] events) => InboxPlan.Make(
        events, lastOfA is { } last ? new() { [("things", A)] = last } : new Dictionary<(string, Guid), int>(), Array.Empty<InboxEvent>().ToLookup(candidate => candidate.Key), _ => 1);

    [Fact]
    public void Make_WhereBeginningsArePassedOver_TakesOneThatIsNotKnownToHaveBegun()
    {
        var second = PlanBegun(null, Event(A, 2));
        Assert.Equal([2], second.Apply.Select(applied => applied.Version));
        // Not known before, so that it is inserted.
        Assert.Equal((0, 2), (second.Before[("things", A)], second.After[("things", A)]));

        var third = PlanBegun(null, Event(A, 3));
        Assert.Empty(third.Apply);
        Assert.Equal([3], third.Waiting.Select(waiting => waiting.Version));

        Assert.Equal([2, 3], PlanBegun(null, Event(A, 3), Event(A, 2)).Apply.Select(applied => applied.Version));
        Assert.Equal(1, PlanBegun(2, Event(A, 2)).Dropped);
        // A beginning that nobody has named is one.
        Assert.Equal([1, 2], PlanBegun(null, Event(A, 1), Event(A, 2)).Apply.Select(applied => applied.Version));
    }

    [Fact]
    public void Make_WhenTheNextVersionComes_AppliesIt()
    {
        var plan = Plan([Event(A, 3)], lastOfA: 2);
        Assert.Equal([3], plan.Apply.Select(applied => applied.Version));
        Assert.Equal(3, plan.After[("things", A)]);
    }

    [Fact]
    public void Make_WhenItIsKnown_DropsIt()
    {
        var plan = Plan([Event(A, 2), Event(A, 1)], lastOfA: 2);
        Assert.Empty(plan.Apply);
        Assert.Equal(2, plan.Dropped);
    }

    [Fact]
    public void Make_WhenOneIsMissing_Waits()
    {
        var plan = Plan([Event(A, 2)]);
        Assert.Empty(plan.Apply);
        Assert.Equal([2], plan.Waiting.Select(waiting => waiting.Version));
    }

    [Fact]
    public void Make_WhenTheMissingOneComes_AppliesThoseThatWaited()
    {
        var plan = Plan([Event(A, 1)], 0, Event(A, 2), Event(A, 3), Event(A, 5));
        Assert.Equal([1, 2, 3], plan.Apply.Select(applied => applied.Version));
    }

    [Fact]
    public void Make_InAnyOrderWithDuplicates_AppliesEachOnceInOrder()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var events = Enumerable.Range(1, 6).SelectMany(version => Enumerable.Repeat(Event(A, version), random.Next(1, 3))).ToArray();
            random.Shuffle(events);
            var plan = Plan(events);
            Assert.Equal([1, 2, 3, 4, 5, 6], plan.Apply.Select(applied => applied.Version));
            Assert.Empty(plan.Waiting);
            Assert.Equal(events.Length, plan.Apply.Count + plan.Dropped);
        }
    }

    [Fact]
    public void Steps_NeverHoldAnAggregateTwice_AndKeepItsOrder()
    {
        var plan = Plan([Event(A, 1), Event(B, 1), Event(A, 2), Event(A, 1, "others")]);
        var steps = plan.Steps().ToList();
        Assert.All(steps, step => Assert.Equal(step.Count(), step.Select(applied => applied.AggregateId).Distinct().Count()));
        Assert.Equal([("things", 1), ("things", 2), ("others", 1)],
            steps.SelectMany(step => step).Where(applied => applied.AggregateId == A).Select(applied => (applied.Stream, applied.Version)));
    }
}
