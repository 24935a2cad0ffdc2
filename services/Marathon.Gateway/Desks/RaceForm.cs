using System.Globalization;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Gateway.Desks;

/// <summary>A race as it stands in a form: texts, as somebody has typed them or as they are.</summary>
public sealed record RaceForm(
    string Name, string Place, string Date, string OpensAt, string ClosesAt, string KitHandover, string HoldSeconds, bool AllowsDuplicates, string RetainUntil,
    IReadOnlyList<(string Days, string Percent)> Tiers, IReadOnlyList<DivisionForm> Divisions)
{
    /// <summary>Rows for what is still to be added, and no more than the owner takes of tiers.</summary>
    private const int NewTiers = 1, NewDivisions = 2, MostTiers = 10;

    public static RaceForm Blank { get; } = new("", "", "", "", "", "SHIPPING", "600", false, "", [("14", "100"), ("3", "50")], []);

    public IEnumerable<(string Days, string Percent)> AllTiers => Tiers.Concat(Enumerable.Repeat(("", ""), NewTiers)).Take(MostTiers);

    public IEnumerable<DivisionForm> AllDivisions => Divisions.Concat(Enumerable.Repeat(DivisionForm.Blank, NewDivisions));

    public static RaceForm Of(RaceLine race) => new(
        race.Name ?? "", race.Place ?? "", Text(race.Date), Text(race.OpensAt), Text(race.ClosesAt), race.KitHandover ?? "SHIPPING", FormattableString.Invariant($"{race.HoldSeconds}"), race.AllowsDuplicates,
        Text(race.RetainUntil), [.. (race.RefundTiers ?? []).Select(tier => (FormattableString.Invariant($"{tier.DaysBefore}"), FormattableString.Invariant($"{tier.Percent}")))],
        [.. (race.Divisions ?? []).Select(division => new DivisionForm(
            division.DivisionId.ToString(), division.Name, FormattableString.Invariant($"{division.Fee}"), FormattableString.Invariant($"{division.Capacity}"),
            string.Join(", ", division.TopSizes ?? []), string.Join(", ", division.BottomSizes ?? [])))]);

    /// <summary>As it was typed. Rows that were left empty are not there.</summary>
    public static RaceForm Read(Visit visit) => new(
        visit.Text("name"), visit.Text("place"), visit.Text("date"), visit.Text("opensAt"), visit.Text("closesAt"), visit.Text("kitHandover"), visit.Text("holdSeconds"),
        visit.Text("allowsDuplicates") is "true", visit.Text("retainUntil"),
        [.. visit.All("daysBefore").Zip(visit.All("percent"), (days, percent) => (days.Trim(), percent.Trim())).Where(tier => tier is not ("", ""))],
        [.. visit.All("divisionId").Select((id, at) => new DivisionForm(id, At(visit, "divisionName", at), At(visit, "fee", at), At(visit, "capacity", at), At(visit, "topSizes", at), At(visit, "bottomSizes", at))).Where(division => !division.IsEmpty)])
    {
        Visit = visit,
    };

    private static string At(Visit visit, string field, int at) => visit.All(field) is var all && at < all.Count ? all[at].Trim() : "";

    private Visit? Visit { get; init; }

    /// <summary>What the owner takes. What cannot be read goes there as it was typed, and is refused: were it left out, it would stay as it was.</summary>
    /// <param name="was">What stood in the form before: an instant that nobody has touched is not rounded to the minute that the form shows. Null: a new race.</param>
    public object Draft(RaceForm? was) => new
    {
        name = Name, place = Place, date = Sent(Visit!.Day("date"), Date, was), opensAt = OpensAt == was?.OpensAt ? null : Sent(Visit.Instant("opensAt"), OpensAt, was),
        closesAt = ClosesAt == was?.ClosesAt ? null : Sent(Visit.Instant("closesAt"), ClosesAt, was), kitHandover = KitHandover, holdSeconds = Sent(Number(HoldSeconds), HoldSeconds, was),
        allowsDuplicates = AllowsDuplicates, retainUntil = Sent(Visit.Day("retainUntil"), RetainUntil, was), currency = was is null ? "KRW" : null,
        refundTiers = Tiers.Select(tier => new { daysBefore = Sent(Number(tier.Days), tier.Days, was), percent = Sent(Number(tier.Percent), tier.Percent, was) }),
        divisions = Divisions.Select(division => new
        {
            divisionId = Guid.TryParse(division.Id, out var id) ? id : (Guid?)null, name = division.Name, fee = Sent(Number(division.Fee), division.Fee, was), capacity = Sent(Number(division.Capacity), division.Capacity, was),
            topSizes = Sizes(division.TopSizes), bottomSizes = Sizes(division.BottomSizes),
        }),
    };

    /// <summary>Of a new race what is empty is not there: some of that is as usual then.</summary>
    private static object? Sent(object? read, string typed, RaceForm? was) => read ?? (typed.Length > 0 || was is not null ? typed : null);

    private static int? Number(string text) => int.TryParse(text.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Sizes(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset instant) => Korea.There(instant).ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
}

/// <summary>A division's row in the form.</summary>
public sealed record DivisionForm(string Id, string Name, string Fee, string Capacity, string TopSizes, string BottomSizes)
{
    public static DivisionForm Blank { get; } = new("", "", "", "", "", "");

    public bool IsEmpty => this == Blank;
}
