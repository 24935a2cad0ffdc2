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

/// <summary>Both parts of the kit are set aside for the runner: it can leave.</summary>
public sealed record GoodsReady : DeliveryEvent;

/// <summary>The race's goods have come, but not enough in this runner's sizes: the kit waits for more.</summary>
public sealed record GoodsBackordered : DeliveryEvent;

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

/// <summary>The runner, or somebody for them, took the kit with them from where the organiser hands them out.</summary>
public sealed record GoodsPickedUp : DeliveryEvent;

/// <summary>The kit will not be sent.</summary>
public sealed record GoodsCancelled : DeliveryEvent;

/// <summary>The registration ended after the kit had left: it is asked back.</summary>
public sealed record GoodsReturnRequested : DeliveryEvent;

/// <summary>The kit is back. Of a registration that still stands <see cref="GoodsReady"/> or <see cref="GoodsBackordered"/> follows: it is sent again.</summary>
public sealed record GoodsReturned : DeliveryEvent
{
    /// <summary>Whether it can be given to somebody else; if not, it is scrapped.</summary>
    public required bool IsGood { get; init; }
}

/// <summary>The runner is there, on the day of the race or where the bibs are given out.</summary>
public sealed record RunnerCheckedIn : DeliveryEvent
{
    /// <summary>The runner's bib.</summary>
    public required int Bib { get; init; }
}
