namespace Marathon.Registration.Domain;

/// <summary>Where a registration stands. A place is taken while it is held or registered.</summary>
public enum RegistrationStatus { Held, Registered, Declined, Expired, Cancelled }

/// <summary>Which state may follow which: the only place that says so. The stores compare and set by it.</summary>
public static class RegistrationLifecycle
{
    /// <summary>The states from which <paramref name="next"/> may be reached.</summary>
    public static IReadOnlyList<RegistrationStatus> Before(RegistrationStatus next) => next switch
    {
        RegistrationStatus.Held => [],
        RegistrationStatus.Cancelled => [RegistrationStatus.Held, RegistrationStatus.Registered],
        _ => [RegistrationStatus.Held],
    };

    /// <summary>Whether a place of the division is taken.</summary>
    public static bool TakesPlace(this RegistrationStatus status) => status is RegistrationStatus.Held or RegistrationStatus.Registered;

    /// <summary>
    /// Whether its person may be erased at <paramref name="now"/>: nobody needs to know them any more to let them run or to give them what they paid for.
    /// </summary>
    public static bool IsErasable(this RegistrationStatus status, DateOnly raceDate, DateTimeOffset now) => status switch
    {
        RegistrationStatus.Held => false,
        RegistrationStatus.Registered => now >= Race.EndOf(raceDate),
        _ => true,
    };

    /// <summary>As the API and the database write it: <c>REGISTERED</c>.</summary>
    public static string Text(this RegistrationStatus status) => status.ToString().ToUpperInvariant();

    /// <summary>From how the database writes it.</summary>
    public static RegistrationStatus Parse(string text) => Enum.Parse<RegistrationStatus>(text, ignoreCase: true);
}
