using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Gateway.Desks;

/// <summary>A race as it stands in a form: texts, as somebody has typed them or as they are.</summary>
public sealed record RaceForm(
    string Name, string Place, string Date, string OpensAt, string ClosesAt, string KitHandover, string HoldSeconds, bool AllowsDuplicates, string RetainUntil,
    IReadOnlyList<TierForm> Tiers, IReadOnlyList<DivisionForm> Divisions)
{
    /// <summary>Rows for what is still to be added, and no more than the owner takes of tiers.</summary>
    private const int NewTiers = 1, NewDivisions = 2, MostTiers = 10;

    /// <summary>Korean letters as they are: written as numbers they would double what a form brings. In pages it is encoded again.</summary>
    private static readonly JsonSerializerOptions Shape = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static RaceForm Blank { get; } = new("", "", "", "", "", "SHIPPING", "600", false, "", [new("14", "100"), new("3", "50")], []);

    [JsonIgnore] public IEnumerable<TierForm> AllTiers => Tiers.Concat(Enumerable.Repeat(TierForm.Blank, NewTiers)).Take(MostTiers);

    [JsonIgnore] public IEnumerable<DivisionForm> AllDivisions => Divisions.Concat(Enumerable.Repeat(DivisionForm.Blank, NewDivisions));

    /// <summary>The race as it stood when the form was shown. It goes along in the form, and what differs from it is what somebody has typed. Null: the race is a new one.</summary>
    [JsonIgnore] public string? Shown { get; private init; }

    public static RaceForm Of(RaceLine race)
    {
        var form = new RaceForm(
            race.Name ?? "", race.Place ?? "", Text(race.Date), Text(race.OpensAt), Text(race.ClosesAt), race.KitHandover ?? "SHIPPING", FormattableString.Invariant($"{race.HoldSeconds}"), race.AllowsDuplicates,
            Text(race.RetainUntil), [.. (race.RefundTiers ?? []).Select(tier => new TierForm(FormattableString.Invariant($"{tier.DaysBefore}"), FormattableString.Invariant($"{tier.Percent}")))],
            [.. (race.Divisions ?? []).Select(division => new DivisionForm(
                division.DivisionId.ToString(), division.Name, FormattableString.Invariant($"{division.Fee}"), FormattableString.Invariant($"{division.Capacity}"),
                string.Join(", ", division.TopSizes ?? []), string.Join(", ", division.BottomSizes ?? [])))]);
        return form with { Shown = JsonSerializer.Serialize(form, Shape) };
    }

    /// <summary>As it was typed. Rows that were left empty are not there.</summary>
    public static RaceForm Read(Visit visit) => new(
        visit.Text("name"), visit.Text("place"), visit.Text("date"), visit.Text("opensAt"), visit.Text("closesAt"), visit.Text("kitHandover"), visit.Text("holdSeconds"),
        visit.Text("allowsDuplicates") is "true", visit.Text("retainUntil"),
        [.. visit.All("daysBefore").Zip(visit.All("percent"), (days, percent) => new TierForm(days.Trim(), percent.Trim())).Where(tier => !tier.IsEmpty)],
        [.. visit.All("divisionId").Select((id, at) => new DivisionForm(id, At(visit, "divisionName", at), At(visit, "fee", at), At(visit, "capacity", at), At(visit, "topSizes", at), At(visit, "bottomSizes", at))).Where(division => !division.IsEmpty)])
    {
        Visit = visit,
        Shown = visit.Some("shown"),
    };

    /// <summary>What stood in the form before anything was typed; null where it does not say so.</summary>
    public RaceForm? Before()
    {
        try { return Shown is null ? null : JsonSerializer.Deserialize<RaceForm>(Shown, Shape); }
        catch (JsonException) { return null; }
    }

    private static string At(Visit visit, string field, int at) => visit.All(field) is var all && at < all.Count ? all[at].Trim() : "";

    private Visit? Visit { get; init; }

    /// <summary>
    /// What the owner takes. What cannot be read goes there as it was typed, and is refused: were it left out, it would stay as it was. What nobody has touched is left out: others may have changed it
    /// since the form was shown, an instant is not rounded to the minute that the form shows, and what is as usual, like the end of retention, stays so when the race is moved.
    /// </summary>
    /// <param name="before">What stood in the form, <see cref="Before"/>. It only decides what is sent. Null: a new race.</param>
    public Dictionary<string, object> Draft(RaceForm? before)
    {
        (string Name, object? Value)[] parts =
        [
            ("name", Typed(Name, before?.Name, Name)), ("place", Typed(Place, before?.Place, Place)), ("date", Typed(Date, before?.Date, Visit!.Day("date"))),
            ("opensAt", Typed(OpensAt, before?.OpensAt, Visit.Instant("opensAt"))), ("closesAt", Typed(ClosesAt, before?.ClosesAt, Visit.Instant("closesAt"))),
            ("kitHandover", Typed(KitHandover, before?.KitHandover, KitHandover)), ("holdSeconds", Typed(HoldSeconds, before?.HoldSeconds, Number(HoldSeconds))),
            ("allowsDuplicates", AllowsDuplicates == before?.AllowsDuplicates ? null : AllowsDuplicates), ("retainUntil", Typed(RetainUntil, before?.RetainUntil, Visit.Day("retainUntil"))),
            ("currency", before is null ? "KRW" : null),
            // One policy: of two that were changed apart, the last one counts, and no mixture.
            ("refundTiers", before is not null && Tiers.SequenceEqual(before.Tiers) ? null : Tiers.Select(tier => new { daysBefore = Typed(tier.Days, null, Number(tier.Days)), percent = Typed(tier.Percent, null, Number(tier.Percent)) })),
            // All of them or none: what is wrong is told by their places in the list. Of one that nobody has touched there is its id only, by which it stays as it is.
            ("divisions", before is not null && Divisions.All(before.Divisions.Contains) ? null : Divisions.Select(division => Draft(division, before?.Divisions.FirstOrDefault(known => known?.Id == division.Id)))),
        ];
        return parts.Where(part => part.Value is not null).ToDictionary(part => part.Name, part => part.Value!);
    }

    private static object Draft(DivisionForm division, DivisionForm? before) => new
    {
        divisionId = Guid.TryParse(division.Id, out var id) ? id : (Guid?)null, name = Typed(division.Name, before?.Name, division.Name), fee = Typed(division.Fee, before?.Fee, Number(division.Fee)),
        capacity = Typed(division.Capacity, before?.Capacity, Number(division.Capacity)), topSizes = Typed(division.TopSizes, before?.TopSizes, Sizes(division.TopSizes)),
        bottomSizes = Typed(division.BottomSizes, before?.BottomSizes, Sizes(division.BottomSizes)),
    };

    /// <summary>What was typed, as it was read, or as it stands where it cannot be; null where it is as before. Of what is new, what is empty is not there: some of that is as usual then.</summary>
    private static object? Typed(string typed, string? before, object? read) => typed == before ? null : read ?? (typed.Length > 0 || before is not null ? typed : null);

    private static int? Number(string text) => int.TryParse(text.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Sizes(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset instant) => Korea.There(instant).ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
}

/// <summary>A tier's row in the form: at least so many days before the race, so many percent.</summary>
public sealed record TierForm(string Days, string Percent)
{
    public static TierForm Blank { get; } = new("", "");

    [JsonIgnore] public bool IsEmpty => this == Blank;
}

/// <summary>A division's row in the form.</summary>
public sealed record DivisionForm(string Id, string Name, string Fee, string Capacity, string TopSizes, string BottomSizes)
{
    public static DivisionForm Blank { get; } = new("", "", "", "", "", "");

    [JsonIgnore] public bool IsEmpty => this == Blank;
}
