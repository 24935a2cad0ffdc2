namespace Marathon.Fulfilment.Application.Ports;

/// <summary>What Registration says of a registration when it is asked.</summary>
public enum Standing
{
    /// <summary>It has a place.</summary>
    Registered,

    /// <summary>Its place is held, and not paid for yet.</summary>
    Unpaid,

    /// <summary>It has none any more, or never had.</summary>
    Ended,

    /// <summary>There is no such registration, or the key is not its.</summary>
    Unknown,

    /// <summary>Registration did not answer in time.</summary>
    Unanswered,
}

/// <summary>Registration, asked directly: at the desk what counts is now, and events may be late.</summary>
public interface IRegistrations
{
    /// <summary>Whether a registration still stands. <paramref name="accessKey"/>: the runner's, where nobody of the crew asks.</summary>
    Task<Standing> StandingAsync(string number, string? accessKey, CancellationToken cancellationToken);
}
