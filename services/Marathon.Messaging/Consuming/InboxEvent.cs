namespace Marathon.Messaging;

/// <summary>A message from the broker, told by the service <c>Source</c>, and not yet judged.</summary>
internal sealed record InboxEvent(
    string Source, string Stream, Guid AggregateId, int Version, string Type, byte[] Payload, string? TraceParent, DateTimeOffset OccurredAt)
{
    public (string Stream, Guid AggregateId) Key => (Stream, AggregateId);
}

/// <summary>A message from the broker that is no event: it belongs to no aggregate, and holds up nobody.</summary>
internal sealed record MalformedMessage(string Source, string Stream, string Type, byte[] Payload, string Error);

/// <summary>What to do with the events of a batch, decided without any I/O.</summary>
/// <param name="Apply">In order.</param>
/// <param name="Waiting">The version before them has not come.</param>
/// <param name="Dropped">How many were known already.</param>
/// <param name="Before">The version of each touched aggregate before.</param>
/// <param name="After">And after.</param>
internal sealed record InboxPlan(
    IReadOnlyList<InboxEvent> Apply, IReadOnlyList<InboxEvent> Waiting, int Dropped,
    IReadOnlyDictionary<(string, Guid), int> Before, IReadOnlyDictionary<(string, Guid), int> After)
{
    /// <summary>Whether any event of these aggregates was put aside before.</summary>
    public bool HasParked { get; init; }

    /// <summary>
    /// The next version of an aggregate applies, one at or below the last is dropped, a later one waits. <paramref name="parked"/> are events put
    /// aside earlier, for which the time may have come; <paramref name="beginning"/> is where an aggregate of a stream stands of which no version is known.
    /// </summary>
    public static InboxPlan Make(
        IEnumerable<InboxEvent> events, IReadOnlyDictionary<(string, Guid), int> versions, ILookup<(string, Guid), InboxEvent> parked, Func<string, int> beginning)
    {
        var before = new Dictionary<(string, Guid), int>();
        var after = new Dictionary<(string, Guid), int>();
        var apply = new List<InboxEvent>();
        var early = new List<InboxEvent>();
        var heard = 0;
        foreach (var candidate in events)
        {
            heard++;
            if (!after.TryGetValue(candidate.Key, out var last))
            {
                before[candidate.Key] = versions.GetValueOrDefault(candidate.Key);
                // One that begins otherwise than was thought does begin.
                after[candidate.Key] = last = Math.Max(before[candidate.Key], candidate.Version == 1 ? 0 : beginning(candidate.Stream));
            }
            if (candidate.Version > last + 1) early.Add(candidate);
            else if (candidate.Version == last + 1)
            {
                apply.Add(candidate);
                after[candidate.Key] = candidate.Version;
                ApplyFollowers(candidate);
            }
        }
        var waiting = early.Where(candidate => candidate.Version > after[candidate.Key]).DistinctBy(candidate => (candidate.Key, candidate.Version)).ToList();
        var unparked = apply.Count(applied => parked[applied.Key].Contains(applied));
        return new InboxPlan(apply, waiting, heard - (apply.Count - unparked) - waiting.Count, before, after);

        void ApplyFollowers(InboxEvent applied)
        {
            var followers = parked[applied.Key].Concat(early.Where(candidate => candidate.Key == applied.Key)).OrderBy(candidate => candidate.Version);
            foreach (var follower in followers.ToList())
                if (follower.Version == after[applied.Key] + 1)
                {
                    apply.Add(follower);
                    after[applied.Key] = follower.Version;
                }
        }
    }

    /// <summary>
    /// The events to apply as steps in order: within a step every aggregate occurs once, whatever its stream, so that a step's events of one type
    /// may be written together.
    /// </summary>
    public IEnumerable<IGrouping<(int Step, string Type), InboxEvent>> Steps()
    {
        var steps = new Dictionary<Guid, int>();
        return Apply
            .GroupBy(applied => (Step: steps[applied.AggregateId] = steps.GetValueOrDefault(applied.AggregateId) + 1, applied.Type))
            .OrderBy(group => group.Key.Step);
    }
}
