using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What happens to a runner's place on the roll and to their kit. Told by Fulfilment.</summary>
[Stream("deliveries")]
public abstract record DeliveryEvent : IntegrationEvent
{
    /// <summary>The registration.</summary>
    public required Guid RegistrationId { get; init; }

    /// <summary>Its number.</summary>
    public required string Number { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RegistrationId;
}

/// <summary>The runner is on the organiser's roll and has a bib number; the delivery of the kit is <c>RECEIVED</c>.</summary>
public sealed record RegisterMasterReceived : DeliveryEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>Unique within the race and never given twice.</summary>
    public required int Bib { get; init; }
}

/// <summary>The kit left.</summary>
public sealed record GoodsDispatched : DeliveryEvent
{
    /// <summary>Who carries it.</summary>
    public required string Carrier { get; init; }

    /// <summary>The carrier's number to follow it by.</summary>
    public required string TrackingNumber { get; init; }
}

/// <summary>The kit arrived.</summary>
public sealed record GoodsDelivered : DeliveryEvent;

/// <summary>The kit will not be sent.</summary>
public sealed record GoodsCancelled : DeliveryEvent;

/// <summary>The registration ended after the kit had left: it is asked back.</summary>
public sealed record GoodsReturnRequested : DeliveryEvent;
