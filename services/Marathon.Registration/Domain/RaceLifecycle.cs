namespace Marathon.Registration.Domain;

/// <summary>Where a race stands.</summary>
public enum RaceStatus { Scheduled, Open, Suspended, Closed }

/// <summary>What an organiser does to a race as a whole.</summary>
public enum RaceSwitch { Open, Suspend, Resume, Close }

/// <summary>
/// Which state may follow which, and what an organiser and the clock may make of a race: the only place that says so. A command that has been carried out
/// already changes nothing and is no error, so that it can be sent again when its answer was lost.
/// </summary>
public static class RaceLifecycle
{
    /// <summary>As the API and the database write it: <c>OPEN</c>.</summary>
    public static string Text(this RaceStatus status) => status.ToString().ToUpperInvariant();

    /// <summary>The states in which <paramref name="command"/> does something.</summary>
    public static IReadOnlyList<RaceStatus> Before(RaceSwitch command) => command switch
    {
        RaceSwitch.Open => [RaceStatus.Scheduled],
        RaceSwitch.Suspend => [RaceStatus.Open],
        RaceSwitch.Resume => [RaceStatus.Suspended],
        // Also a suspended one: to resume it first would let people in for a moment.
        _ => [RaceStatus.Open, RaceStatus.Suspended],
    };

    /// <summary>What may be done to a race in this state.</summary>
    public static IReadOnlyList<RaceSwitch> Possible(RaceStatus status) => [.. Enum.GetValues<RaceSwitch>().Where(command => Before(command).Contains(status))];

    /// <summary>What comes of <paramref name="command"/>; <paramref name="force"/> suspends a race although people are registered.</summary>
    public static RaceDecision Switch(this Race race, RaceSwitch command, bool force, DateTimeOffset now)
    {
        if (race.Status == After(command)) return RaceDecision.Unchanged(race);
        if (!Before(command).Contains(race.Status)) return RaceDecision.Refuse(new RaceRejection.WrongState(race.Status, Possible(race.Status)));
        return command switch
        {
            // It would take no registration, and the clock would close it at once.
            RaceSwitch.Open or RaceSwitch.Resume when now >= race.ClosesAt => RaceDecision.Refuse(new RaceRejection.ClosingTimePassed(race.ClosesAt)),
            // Whoever reads the race sees from when on registrations were really taken, and until when.
            RaceSwitch.Open => To(race with { OpensAt = Earlier(race.OpensAt, now) }),
            RaceSwitch.Close => To(race with { ClosesAt = Earlier(race.ClosesAt, now) }),
            RaceSwitch.Suspend when race.Taken > 0 && !force => RaceDecision.Refuse(new RaceRejection.HasRegistrations(race.Taken)),
            _ => To(race),
        };

        RaceDecision To(Race changed) => RaceDecision.Done(changed with { Status = After(command) }, [new RaceFact(FactOf(command))]);
    }

    /// <summary>What the clock makes of it. A race under work stays so: it is resumed or closed by hand.</summary>
    public static RaceDecision Tick(this Race race, DateTimeOffset now) => race.Status switch
    {
        RaceStatus.Scheduled when now >= race.OpensAt => RaceDecision.Done(race with { Status = RaceStatus.Open }, [new RaceFact(RaceFactKind.Opened)]),
        RaceStatus.Open when now >= race.ClosesAt => RaceDecision.Done(race with { Status = RaceStatus.Closed }, [new RaceFact(RaceFactKind.Closed)]),
        _ => RaceDecision.Unchanged(race),
    };

    private static RaceStatus After(RaceSwitch command) => command switch
    {
        RaceSwitch.Suspend => RaceStatus.Suspended,
        RaceSwitch.Close => RaceStatus.Closed,
        _ => RaceStatus.Open,
    };

    private static RaceFactKind FactOf(RaceSwitch command) => command switch
    {
        RaceSwitch.Open => RaceFactKind.Opened,
        RaceSwitch.Suspend => RaceFactKind.Suspended,
        RaceSwitch.Resume => RaceFactKind.Resumed,
        _ => RaceFactKind.Closed,
    };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
