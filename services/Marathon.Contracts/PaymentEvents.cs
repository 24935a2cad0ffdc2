using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What happens to the one payment of a registration. Told by Payment.</summary>
[Stream("payments")]
public abstract record PaymentEvent : IntegrationEvent
{
    /// <summary>The registration it is for: one payment per registration, ever.</summary>
    public required Guid RegistrationId { get; init; }

    /// <summary>The registration's number.</summary>
    public required string Number { get; init; }

    /// <summary>In whole units of <see cref="Currency"/>: charged, or in <see cref="PaymentRefunded"/> paid back.</summary>
    public required int Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RegistrationId;
}

/// <summary>The money is captured.</summary>
public sealed record PaymentCompleted : PaymentEvent
{
    /// <summary>The provider's own name of the charge.</summary>
    public required string ProviderReference { get; init; }
}

/// <summary>The provider refused.</summary>
public sealed record PaymentDeclined : PaymentEvent
{
    /// <summary>A stable code: <c>card-declined</c>.</summary>
    public required string Reason { get; init; }
}

/// <summary>Never to be charged: the registration ended before a charge succeeded.</summary>
public sealed record PaymentVoided : PaymentEvent;

/// <summary>Paid back, wholly or in part.</summary>
public sealed record PaymentRefunded : PaymentEvent;
