using System.Globalization;
using System.Text.RegularExpressions;
using Marathon.Web;

namespace Marathon.Gateway.Desks;

/// <summary>
/// What was refused, as somebody reads it who looks at the console: under the names that its forms have, and in Korea's time. A service speaks to whoever writes programs; what reads well
/// here, too, is left as it is.
/// </summary>
internal static partial class Refusals
{
    /// <summary>What a problem's states are of, by the field that tells one.</summary>
    private static readonly (string Field, string Of)[] States = [("raceStatus", "race"), ("deliveryStatus", "kit"), ("procurementStatus", "order")];

    /// <summary>Why: by the problem's code, with its values.</summary>
    public static string? Detail(this Visit visit, Reply refusal) => refusal.Code switch
    {
        "wrong-state" => States.Where(state => refusal.Text(state.Field) is not null).Select(state => visit.Words.StandsAt(visit.Words.State(state.Of, refusal.Text(state.Field)!))).FirstOrDefault() ?? refusal.Detail,
        "closing-time-passed" when DateTimeOffset.TryParse(refusal.Text("closesAt"), CultureInfo.InvariantCulture, out var closed) => visit.Words.ClosingTimePassed(When(visit, closed)),
        "not-enough" when refusal.Number("free") is { } free => visit.Words.OnlyFree(free),
        "too-large" => visit.Words.TooMuch,
        "idempotency-key-reused" => visit.Words.TakenBefore,
        "none-chosen" => visit.Words.NoneChosen,
        _ => refusal.Detail,
    };

    /// <summary>What is wrong with fields that cannot say so themselves.</summary>
    public static IReadOnlyList<string> Wrong(this Visit visit, Reply refusal, IReadOnlyCollection<string> shown) =>
        [.. refusal.Errors.Where(error => !shown.Contains(error.Key)).Select(error => $"{visit.Words.Field(error.Key)}: {visit.Worded(error.Value)}")];

    /// <summary>What is wrong with a field.</summary>
    public static string Worded(this Visit visit, string error) =>
        Instant().Replace(Name().Replace(error, name => visit.Words.Quoted(visit.Words.Field(name.Value))), instant => When(visit, DateTimeOffset.Parse(instant.Value, CultureInfo.InvariantCulture)));

    private static string When(Visit visit, DateTimeOffset instant) => Written.Instant(visit.Language, instant, visit.Now);

    [GeneratedRegex(@"\b(opensAt|closesAt)(?![A-Za-z])")]
    private static partial Regex Name();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
    private static partial Regex Instant();
}
