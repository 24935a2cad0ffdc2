using System.Security.Cryptography;
using System.Text;
using Marathon.Contracts;

namespace Marathon.Testing;

/// <summary>A registration with ids of its own, and the events that may be told of it. All of them happen at fixed times.</summary>
/// <param name="race">Its race; one of its own when null.</param>
/// <param name="language">Of the runner's messages.</param>
public sealed class Story(Guid? race = null, string language = "ko")
{
    /// <summary>What it costs, in won.</summary>
    public const int Fee = 20_000;

    /// <summary>When everything begins.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Of registrations' numbers.</summary>
    private const string Symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly Guid? division;

    /// <summary>The registration.</summary>
    public Guid RegistrationId { get; } = Guid.CreateVersion7();

    /// <summary>Its number, as unique as the id.</summary>
    public string Number { get; } = $"M-0{RandomNumberGenerator.GetString(Symbols, 3)}-1{RandomNumberGenerator.GetString(Symbols, 3)}";

    /// <summary>The same as somebody may write it who reads it from paper.</summary>
    public string TypedNumber => Number.ToLowerInvariant().Replace('0', 'o').Replace('1', 'l');

    /// <summary>The runner's secret.</summary>
    public string AccessKey { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The runner's phone number, nobody else's.</summary>
    public string PhoneNo { get; init; } = $"010-{RandomNumberGenerator.GetInt32(1000, 10000)}-{RandomNumberGenerator.GetInt32(1000, 10000)}";

    /// <summary>The runner's name.</summary>
    public string Name { get; init; } = "Kim Runner";

    /// <summary>The race.</summary>
    public Guid RaceId { get; } = race ?? Guid.CreateVersion7();

    /// <summary>Where the kit goes.</summary>
    public string Address { get; init; } = "1 Hangang-daero, Seoul";

    /// <summary>The division; when nothing is said, the one that all stories of the race have.</summary>
    public Guid DivisionId
    {
        get => division ?? DivisionOf(RaceId);
        init => division = value;
    }

    /// <summary>The size of the shirt.</summary>
    public string TopSize { get; init; } = "M";

    /// <summary>The size of the shorts.</summary>
    public string BottomSize { get; init; } = "L";

    /// <summary>When the place is paid for.</summary>
    public DateTimeOffset ConfirmedAt { get; init; } = Beginning;

    /// <summary>No two races have one in common.</summary>
    private static Guid DivisionOf(Guid race)
    {
        var bytes = race.ToByteArray();
        bytes[^1] ^= 1;
        return new Guid(bytes);
    }

    private RunnerDetails Runner => new(Name, PhoneNo, Address, TopSize, BottomSize, language);

    /// <summary>The payment takes longer.</summary>
    public RegistrationAwaitingPayment AwaitingPayment() => new()
    {
        RegistrationId = RegistrationId, Number = Number, At = ConfirmedAt.AddSeconds(-5), RaceId = RaceId, RaceName = "Seoul Marathon", RaceDate = new DateOnly(2026, 11, 29),
        DivisionId = DivisionId, DivisionName = "10K", Runner = Runner, Amount = Fee, Currency = "KRW", HoldUntil = ConfirmedAt.AddMinutes(10),
        AccessKeyHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(AccessKey))),
    };

    /// <summary>The place is the runner's.</summary>
    public RegistrationConfirmed Confirmed() => new()
    {
        RegistrationId = RegistrationId, Number = Number, At = ConfirmedAt, RaceId = RaceId, RaceName = "Seoul Marathon", RaceDate = new DateOnly(2026, 11, 29),
        DivisionId = DivisionId, DivisionName = "10K", Runner = Runner, Amount = Fee, Currency = "KRW",
        AccessKeyHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(AccessKey))),
    };

    /// <summary>The runner wants another size.</summary>
    public RegistrationChanged Changed(string topSize = "XL", string? phoneNo = null, string? bottomSize = null, string? address = null) => new()
    {
        RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(10),
        Runner = Runner with { TopSize = topSize, BottomSize = bottomSize ?? BottomSize, PhoneNo = phoneNo ?? PhoneNo, Address = address ?? Address },
    };

    /// <summary>The runner gave it up.</summary>
    public RegistrationCancelled Cancelled(int refundDue = Fee, bool wasConfirmed = true) => new()
    {
        RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(20), RaceId = RaceId, RaceName = "Seoul Marathon", DivisionId = DivisionId, DivisionName = "10K", Runner = Runner,
        WasConfirmed = wasConfirmed, RefundDue = refundDue, Currency = "KRW",
    };

    /// <summary>The payment was refused.</summary>
    public RegistrationDeclined Declined() =>
        new() { RegistrationId = RegistrationId, Number = Number, At = ConfirmedAt, RaceId = RaceId, RaceName = "Seoul Marathon", DivisionId = DivisionId, DivisionName = "10K", Runner = Runner };

    /// <summary>No payment came.</summary>
    public RegistrationExpired Expired() =>
        new() { RegistrationId = RegistrationId, Number = Number, At = ConfirmedAt, RaceId = RaceId, RaceName = "Seoul Marathon", DivisionId = DivisionId, DivisionName = "10K", Runner = Runner };

    /// <summary>Nobody may know any more who it was.</summary>
    public RegistrationErased Erased() => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(30) };

    /// <summary>Nor from their messages.</summary>
    public MessagesErased MessagesErased() => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(30) };

    /// <summary>The fee is captured.</summary>
    public PaymentCompleted Paid() =>
        new() { RegistrationId = RegistrationId, Number = Number, Amount = Fee, Currency = "KRW", ProviderReference = "sim_1", At = Beginning.AddMinutes(1) };

    /// <summary>Money went back.</summary>
    public PaymentRefunded Refunded(int amount = Fee) =>
        new() { RegistrationId = RegistrationId, Number = Number, Amount = amount, Currency = "KRW", At = Beginning.AddMinutes(21) };

    /// <summary>The runner is on the roll.</summary>
    public RegisterMasterReceived Received(int bib = 1) => new() { RegistrationId = RegistrationId, Number = Number, RaceId = RaceId, Bib = bib, At = Beginning.AddMinutes(2) };

    /// <summary>There is not enough in the runner's sizes.</summary>
    public GoodsBackordered Backordered(int minutes = 4) => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(minutes) };

    /// <summary>The kit is set aside.</summary>
    public GoodsReady Ready(int minutes = 5) => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(minutes) };

    /// <summary>The kit left.</summary>
    public GoodsDispatched Dispatched(string trackingNumber = "123456789012", int minutes = 12) =>
        new() { RegistrationId = RegistrationId, Number = Number, Carrier = "Hanbit Parcel", TrackingNumber = trackingNumber, At = Beginning.AddMinutes(minutes) };

    /// <summary>The kit arrived.</summary>
    public GoodsDelivered Delivered() => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(15) };

    /// <summary>The runner fetched the kit.</summary>
    public GoodsPickedUp PickedUp() => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(13) };

    /// <summary>The kit is back.</summary>
    public GoodsReturned Returned(int minutes = 24) => new() { RegistrationId = RegistrationId, Number = Number, IsGood = true, At = Beginning.AddMinutes(minutes) };

    /// <summary>The runner is there.</summary>
    public RunnerCheckedIn CheckedIn(int bib = 1) => new() { RegistrationId = RegistrationId, Number = Number, Bib = bib, At = Beginning.AddMinutes(16) };

    /// <summary>The kit is asked back.</summary>
    public GoodsReturnRequested ReturnRequested() => new() { RegistrationId = RegistrationId, Number = Number, At = Beginning.AddMinutes(22) };

    /// <summary>A message was sent.</summary>
    public SmsAccepted Told(string kind, int minutes, string? text = null) =>
        new() { RegistrationId = RegistrationId, Number = Number, MessageId = Guid.CreateVersion7(), Kind = kind, Text = text ?? $"about {kind}", At = Beginning.AddMinutes(minutes) };
}
