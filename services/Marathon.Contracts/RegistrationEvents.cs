using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What happens to a runner's registration. Told by Registration.</summary>
[Stream("registrations")]
public abstract record RegistrationEvent : IntegrationEvent
{
    /// <summary>The registration.</summary>
    public required Guid RegistrationId { get; init; }

    /// <summary>Its public name, <c>M-7K3F-9QX2</c>.</summary>
    public required string Number { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RegistrationId;
}

/// <summary>Who runs, where to reach them, and in which sizes.</summary>
/// <param name="Name">As the runner wrote it.</param>
/// <param name="PhoneNo">Where messages go.</param>
/// <param name="Address">Where the kit goes.</param>
/// <param name="TopSize">Size of the shirt.</param>
/// <param name="BottomSize">Size of the shorts.</param>
/// <param name="Language">Of messages: <c>ko</c> or <c>en</c>.</param>
/// <param name="WantsAllMessages">Whether they want the messages that nothing depends on, too; null in the oldest events, when everybody did.</param>
public sealed record RunnerDetails(
    [property: Personal] string Name, [property: Personal] string PhoneNo, [property: Personal] string Address, string TopSize, string BottomSize, string Language,
    bool? WantsAllMessages = null);

/// <summary>
/// The payment takes longer than the caller could wait: the place is held, and the caller was told so. What becomes of it follows, when the payment is settled or
/// the hold ends.
/// </summary>
public sealed record RegistrationAwaitingPayment : RegistrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string RaceName { get; init; }

    /// <summary>Its day.</summary>
    public required DateOnly RaceDate { get; init; }

    /// <summary>The division.</summary>
    public required Guid DivisionId { get; init; }

    /// <summary>Its name.</summary>
    public required string DivisionName { get; init; }

    /// <summary>The runner.</summary>
    public required RunnerDetails Runner { get; init; }

    /// <summary>To be paid, in whole units of <see cref="Currency"/>.</summary>
    public required int Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Until when the place is kept, unless it is paid for.</summary>
    public required DateTimeOffset HoldUntil { get; init; }

    /// <summary>SHA-256 of the access key, in base64: who presents the key may see the registration.</summary>
    public required string AccessKeyHash { get; init; }
}

/// <summary>The place is paid for and the runner's.</summary>
public sealed record RegistrationConfirmed : RegistrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string RaceName { get; init; }

    /// <summary>Its day.</summary>
    public required DateOnly RaceDate { get; init; }

    /// <summary>The division.</summary>
    public required Guid DivisionId { get; init; }

    /// <summary>Its name.</summary>
    public required string DivisionName { get; init; }

    /// <summary>The runner.</summary>
    public required RunnerDetails Runner { get; init; }

    /// <summary>Paid, in whole units of <see cref="Currency"/>.</summary>
    public required int Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>SHA-256 of the access key, in base64: who presents the key may see the registration.</summary>
    public required string AccessKeyHash { get; init; }
}

/// <summary>The runner changed sizes, address or phone number. Never the first of its stream: what is changed before anything is told is in the first.</summary>
public sealed record RegistrationChanged : RegistrationEvent
{
    /// <summary>The runner as of now.</summary>
    public required RunnerDetails Runner { get; init; }
}

/// <summary>The payment was declined; the place went back.</summary>
public sealed record RegistrationDeclined : RegistrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string RaceName { get; init; }

    /// <summary>The division; null in the oldest events.</summary>
    public Guid? DivisionId { get; init; }

    /// <summary>Its name; null in the oldest events.</summary>
    public string? DivisionName { get; init; }

    /// <summary>The runner.</summary>
    public required RunnerDetails Runner { get; init; }
}

/// <summary>The registration was given up; the place went back.</summary>
public sealed record RegistrationCancelled : RegistrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string RaceName { get; init; }

    /// <summary>The division; null in the oldest events.</summary>
    public Guid? DivisionId { get; init; }

    /// <summary>Its name; null in the oldest events.</summary>
    public string? DivisionName { get; init; }

    /// <summary>The runner.</summary>
    public required RunnerDetails Runner { get; init; }

    /// <summary>Whether it had been confirmed before; if not, nobody but the payment knows of it.</summary>
    public required bool WasConfirmed { get; init; }

    /// <summary>To be paid back by the race's policy, in whole units of <see cref="Currency"/>.</summary>
    public required int RefundDue { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }
}

/// <summary>No payment came before the hold ended; the place went back.</summary>
public sealed record RegistrationExpired : RegistrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string RaceName { get; init; }

    /// <summary>The division; null in the oldest events.</summary>
    public Guid? DivisionId { get; init; }

    /// <summary>Its name; null in the oldest events.</summary>
    public string? DivisionName { get; init; }

    /// <summary>The runner.</summary>
    public required RunnerDetails Runner { get; init; }
}

/// <summary>
/// The person was erased: on their own wish, the organiser's, or because the race's data had been kept long enough. Always the last of its stream. Who
/// keeps anything personal of this registration makes it empty, in stored events too.
/// </summary>
public sealed record RegistrationErased : RegistrationEvent;
