namespace Marathon.Registration.Domain;

/// <summary>The bounds of what an organiser may write. Collects what is wrong by the names of the API: <c>divisions[0].fee</c>.</summary>
internal sealed class RaceChecks
{
    private const int MostDivisions = 20, MostSizes = 30, MostTiers = 10, LongestSize = 10, HighestFee = 100_000_000, MostPlaces = 1_000_000, LastYear = 2300;

    private readonly Dictionary<string, FormattableString> errors = [];

    public RaceRejection.Invalid? Rejection => errors.Count > 0 ? new RaceRejection.Invalid(errors) : null;

    public void Fail(string field, FormattableString what) => errors.TryAdd(field, what);

    public void Required(string field, object? value)
    {
        if (value is null) Fail(field, $"is required");
    }

    /// <summary>As exactly as the database keeps it.</summary>
    public static DateTimeOffset Instant(DateTimeOffset written) => written.ToUniversalTime().AddTicks(-(written.Ticks % TimeSpan.TicksPerMicrosecond));

    public string Text(string field, string? written, string current, bool isNew, int longest)
    {
        if (written is null && !isNew) return current;
        var text = written?.Trim() ?? "";
        if (text.Length == 0) Fail(field, $"is required");
        else if (text.Length > longest) Fail(field, $"is longer than {longest} characters");
        else if (text.Any(char.IsControl)) Fail(field, $"contains control characters");
        return text;
    }

    public int Number(string field, int? written, int current, bool isNew, int least, int most)
    {
        if (written is null && isNew) Fail(field, $"is required");
        else if (written < least || written > most) Fail(field, $"must be from {least} to {most}");
        return written ?? current;
    }

    /// <summary><paramref name="wished"/>: the closing time, where it is a new one.</summary>
    public void Times(Race race, DateTimeOffset? wished, DateTimeOffset now)
    {
        if (errors.ContainsKey("date") || errors.ContainsKey("opensAt") || errors.ContainsKey("closesAt")) return;
        if (race.Date.Year is < 2000 or > 2200) Fail("date", $"must be between 2000 and 2200");
        else if (race.OpensAt.Year < 2000) Fail("opensAt", $"must not be before 2000");
        else if (wished <= now) Fail("closesAt", $"must be in the future");
        else if (wished <= race.OpensAt) Fail("closesAt", $"must be after opensAt");
        else if (race.Status == RaceStatus.Scheduled && race.OpensAt >= race.ClosesAt) Fail("opensAt", $"must be before closesAt");
        else if (race.RetainUntil < race.Date) Fail("retainUntil", $"must not be before the race's day");
        else if (race.RetainUntil?.Year > LastYear) Fail("retainUntil", $"must not be after {LastYear}");
        else if (race.ClosesAt > Race.EndOf(race.Date)) Fail("closesAt", $"must not be after the end of the race's day in Korea, {Race.EndOf(race.Date).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
    }

    public KitHandover KitHandover(string field, string? written, KitHandover current)
    {
        if (written is null) return current;
        if (KitHandovers.Find(written) is { } handover) return handover;
        Fail(field, $"must be one of {string.Join(", ", KitHandovers.Texts)}");
        return current;
    }

    public RefundPolicy RefundPolicy(IReadOnlyList<RefundTierDraft?> drafts)
    {
        if (drafts.Count > MostTiers) Fail("refundTiers", $"must not be more than {MostTiers}");
        var tiers = drafts.Take(MostTiers).Select((draft, at) => new RefundTier(
            Number($"refundTiers[{at}].daysBefore", draft?.DaysBefore, 0, isNew: true, 0, 3650),
            Number($"refundTiers[{at}].percent", draft?.Percent, 0, isNew: true, 0, 100))).ToList();
        foreach (var (at, tier) in tiers.Index())
            if (tiers.FindIndex(other => other.DaysBefore == tier.DaysBefore) < at) Fail($"refundTiers[{at}].daysBefore", $"is there twice");
        return new RefundPolicy(tiers);
    }

    /// <summary>The present divisions with what is written about them, then the new ones.</summary>
    public IReadOnlyList<Division> Divisions(Race race, IReadOnlyList<DivisionDraft?> drafts, Func<Guid> newId)
    {
        var divisions = race.Divisions.ToList();
        var named = new HashSet<Guid>();
        foreach (var (at, draft) in drafts.Take(MostDivisions).Index())
        {
            var field = $"divisions[{at}]";
            if (draft is null) Fail(field, $"is required");
            else if (draft.DivisionId is not { } id) divisions.Add(Division(field, draft, New(race, newId), isNew: true));
            else if (!named.Add(id)) Fail(field + ".divisionId", $"is there twice");
            else if (divisions.FindIndex(division => division.Id == id) is var place and >= 0) divisions[place] = Division(field, draft, divisions[place], isNew: false);
            else Fail(field + ".divisionId", $"is no division of this race");
        }
        if (drafts.Count > MostDivisions || divisions.Count > MostDivisions) Fail("divisions", $"must not be more than {MostDivisions}");
        else if (divisions.Count == 0) Fail("divisions", $"must be at least one");
        else if (divisions.Where(division => division.Name.Length > 0).GroupBy(division => division.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } alike)
            Fail("divisions", $"must have different names: {alike.Key} is there twice");
        return divisions;
    }

    private static Division New(Race race, Func<Guid> newId) => new(newId(), race.Id, "", 0, 0, 0, [], []);

    private Division Division(string field, DivisionDraft draft, Division division, bool isNew) => division with
    {
        Name = Text(field + ".name", draft.Name, division.Name, isNew, longest: 50),
        Fee = Number(field + ".fee", draft.Fee, division.Fee, isNew, 0, HighestFee),
        // No places at all is a way to give a division up before anybody is in it.
        Capacity = Number(field + ".capacity", draft.Capacity, division.Capacity, isNew, isNew ? 1 : 0, MostPlaces),
        TopSizes = Sizes(field + ".topSizes", draft.TopSizes, division.TopSizes, isNew),
        BottomSizes = Sizes(field + ".bottomSizes", draft.BottomSizes, division.BottomSizes, isNew),
    };

    private IReadOnlyList<string> Sizes(string field, IReadOnlyList<string?>? written, IReadOnlyList<string> current, bool isNew)
    {
        if (written is null && !isNew) return current;
        var sizes = (written ?? []).Select(size => size?.Trim() ?? "").ToArray();
        if (sizes.Length is 0 or > MostSizes) Fail(field, $"must be from 1 to {MostSizes} sizes");
        else if (Array.FindIndex(sizes, size => size.Length is 0 or > LongestSize || size.Any(char.IsControl)) is var wrong and >= 0) Fail($"{field}[{wrong}]", $"must be 1 to {LongestSize} characters");
        else if (sizes.Distinct().Count() < sizes.Length) Fail(field, $"must be different sizes");
        return sizes;
    }
}
