namespace Marathon.Chaos.Rules;

/// <summary>Who registers is written into no log (docs/security.md).</summary>
internal static class Privacy
{
    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Each("nothing personal is in a log", evidence => evidence.Written, (log, _) => Planted.InLog(log)),
    ];
}
