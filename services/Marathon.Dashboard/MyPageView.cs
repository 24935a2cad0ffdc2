using System.Text.Json.Serialization;

namespace Marathon.Dashboard;

/// <summary>What a runner sees. What has not happened, or has not been heard of yet, is left out.</summary>
public sealed record MyPageView
{
    /// <summary>The registration's number.</summary>
    public required string Number { get; init; }

    /// <summary>Its id.</summary>
    public required Guid RegisterId { get; init; }

    /// <summary><c>HELD</c> while the payment takes longer, <c>REGISTERED</c>, <c>CANCELLED</c>, <c>DECLINED</c> or <c>EXPIRED</c>.</summary>
    public string? Status { get; init; }

    /// <summary><c>PAYMENT_PENDING</c>, <c>COMPLETED</c>, <c>REFUND_DUE</c>, <c>REFUNDED</c>, <c>DECLINED</c> or <c>VOIDED</c>.</summary>
    public string? PayStatus { get; init; }

    /// <summary>
    /// <c>RECEIVED</c>, <c>READY</c>, <c>BACKORDERED</c>, <c>DISPATCHED</c>, <c>DELIVERED</c>, <c>PICKED_UP</c>, <c>CANCELLED</c>, <c>RETURN_REQUESTED</c> or
    /// <c>RETURNED</c>. A kit that came back goes its way once more, if the registration stands; whatever is known of its way is of the last time.
    /// </summary>
    public string? DeliveryStatus { get; init; }

    public Guid? RaceId { get; init; }

    /// <summary>As it is called now: the race, its day and its division may be others than when the runner registered.</summary>
    public string? RaceName { get; init; }
    public DateOnly? RaceDate { get; init; }

    /// <summary>Where it is run; known from the race alone.</summary>
    public string? RacePlace { get; init; }
    public Guid? DivisionId { get; init; }
    public string? DivisionName { get; init; }

    public string? Name { get; init; }
    public string? PhoneNo { get; init; }
    public string? Address { get; init; }
    public string? TopSize { get; init; }
    public string? BottomSize { get; init; }

    /// <summary>Whether the runner gets the messages that nothing depends on, too.</summary>
    public bool AllMessages { get; init; }

    /// <summary>Paid, in whole units of <see cref="Currency"/>.</summary>
    public int? Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public string? Currency { get; init; }

    /// <summary>To be paid back after a cancellation, whether or not it has been by now.</summary>
    public int? RefundDue { get; init; }

    /// <summary>Paid back.</summary>
    public int? RefundedAmount { get; init; }

    public int? Bib { get; init; }
    public string? Carrier { get; init; }
    public string? TrackingNumber { get; init; }

    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>When the registration was cancelled, declined or expired.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? PaidAt { get; init; }
    public DateTimeOffset? RefundedAt { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>When the kit was set aside for the runner.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    public DateTimeOffset? DispatchedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public DateTimeOffset? PickedUpAt { get; init; }

    /// <summary>When the delivery was cancelled or the kit asked back.</summary>
    public DateTimeOffset? DeliveryEndedAt { get; init; }

    /// <summary>When the kit was back.</summary>
    public DateTimeOffset? ReturnedAt { get; init; }

    /// <summary>When the runner was there, whatever became of the kit.</summary>
    public DateTimeOffset? CheckedInAt { get; init; }

    /// <summary>In the order in which they were sent.</summary>
    public required IReadOnlyList<MyPageMessage> Messages { get; init; }

    /// <summary>When the newest thing on this page happened.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Another one whenever anything on the page is another; also when that happened long ago, or took something away.</summary>
    [JsonIgnore]
    public string Version { get; private init; } = "";

    internal static MyPageView Of(RegistrationRow row) => new()
    {
        Number = row.Number,
        RegisterId = row.RegistrationId,
        Status = row.Status,
        PayStatus = row.PayStatus,
        DeliveryStatus = row.DeliveryStatus,
        RaceId = row.RaceId,
        RaceName = row.Race?.Name ?? row.RaceName,
        RaceDate = row.Race?.Date ?? row.RaceDate,
        RacePlace = row.Race?.Place,
        DivisionId = row.DivisionId,
        DivisionName = row.Division?.Name ?? row.DivisionName,
        Name = row.Name,
        PhoneNo = row.PhoneNo,
        Address = row.Address,
        TopSize = row.TopSize,
        BottomSize = row.BottomSize,
        AllMessages = row.WantsAllMessages,
        Amount = row.Amount,
        Currency = row.Currency,
        RefundDue = row.RefundDue,
        RefundedAmount = row.RefundedAmount,
        Bib = row.Bib,
        Carrier = row.Carrier,
        TrackingNumber = row.TrackingNumber,
        RegisteredAt = row.RegisteredAt,
        EndedAt = row.EndedAt,
        PaidAt = row.PaidAt,
        RefundedAt = row.RefundedAt,
        ReceivedAt = row.ReceivedAt,
        ReadyAt = row.ReadyAt,
        DispatchedAt = row.DispatchedAt,
        DeliveredAt = row.DeliveredAt,
        PickedUpAt = row.PickedUpAt,
        DeliveryEndedAt = row.DeliveryEndedAt,
        ReturnedAt = row.ReturnedAt,
        CheckedInAt = row.CheckedInAt,
        Messages = [.. row.Messages.Select(message => new MyPageMessage(message.MessageId, message.Kind, message.Text, message.Status, message.At, message.SettledAt, message.Reason))],
        AsOf = row.Messages.Select(message => message.SettledAt ?? message.At).Append(row.AsOf).Max(),
        Version = FormattableString.Invariant(
            $"{row.RegistrationVersion}.{row.PaymentVersion}.{row.DeliveryVersion}.{row.Messages.Count}.{row.Messages.Count(message => message.SettledAt is not null)}.{row.Messages.Count(message => message.Text.Length > 0)}.{row.Name?.Length}.{row.Race?.AsOf.UtcTicks}"),
    };
}

/// <summary>A message to the runner.</summary>
/// <param name="MessageId">Its id.</param>
/// <param name="Kind">What it tells: <c>confirmed</c>, <c>dispatched</c> …</param>
/// <param name="Text">What it says.</param>
/// <param name="Status"><c>ACCEPTED</c> by the provider, <c>DELIVERED</c> to the phone, or <c>FAILED</c>.</param>
/// <param name="At">When it was taken, or failed without.</param>
/// <param name="SettledAt">When it was delivered or failed.</param>
/// <param name="Reason">Why it failed: a stable code.</param>
public sealed record MyPageMessage(Guid MessageId, string Kind, string Text, string Status, DateTimeOffset At, DateTimeOffset? SettledAt, string? Reason);
