using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What happens to the messages about a registration, or to a supplier about an order. Told by Notification.</summary>
[Stream("notifications")]
public abstract record NotificationEvent : IntegrationEvent
{
    /// <summary>The registration it is about; of a message to a supplier, the order.</summary>
    public required Guid RegistrationId { get; init; }

    /// <summary>Its number.</summary>
    public required string Number { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RegistrationId;
}

/// <summary>The provider took the message. It has not arrived yet, and may not.</summary>
public sealed record SmsAccepted : NotificationEvent
{
    /// <summary>The message.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>What it tells: <c>confirmed</c>, <c>dispatched</c> …</summary>
    public required string Kind { get; init; }

    /// <summary>What it says, in the language of whom it went to.</summary>
    [Personal]
    public required string Text { get; init; }
}

/// <summary>The message reached the phone, as its operator says.</summary>
public sealed record SmsDelivered : NotificationEvent
{
    /// <summary>The message, of which <see cref="SmsAccepted"/> was told before.</summary>
    public required Guid MessageId { get; init; }
}

/// <summary>The message will not reach the phone: the provider never took it, or could not bring it. It is not tried again.</summary>
public sealed record SmsFailed : NotificationEvent
{
    /// <summary>The message, of which <see cref="SmsAccepted"/> was told before if the provider had taken it.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>What it was to tell: <c>confirmed</c>, <c>dispatched</c> …</summary>
    public required string Kind { get; init; }

    /// <summary>What it says, in the language of whom it was for.</summary>
    [Personal]
    public required string Text { get; init; }

    /// <summary>A stable code: <c>invalid-number</c>.</summary>
    public required string Reason { get; init; }
}

/// <summary>
/// The person was erased, and the messages to them are empty. The last of its stream: whoever has it has every message, and none comes after.
/// </summary>
public sealed record MessagesErased : NotificationEvent;
