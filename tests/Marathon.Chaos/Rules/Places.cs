namespace Marathon.Chaos.Rules;

/// <summary>A place is somebody's or nobody's, and nothing is held for ever.</summary>
internal static class Places
{
    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.None("the counter of a division is its rows", "registration",
            "SELECT count(*) FROM divisions",
            """
            SELECT format('division %s counts %s, its rows are %s', id, taken, rows)
            FROM (SELECT *, (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED')) AS rows FROM divisions) AS divisions
            WHERE taken <> rows
            """),
        Rule.None("no more places are held and taken than there are", "registration",
            "SELECT count(*) FROM divisions",
            """
            SELECT format('division %s has %s places and %s who hold one', id, capacity, rows)
            FROM (SELECT *, (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED')) AS rows FROM divisions) AS divisions
            WHERE rows > capacity
            """),
        Rule.None("nothing stays held", "registration",
            "SELECT count(*) FROM registrations",
            "SELECT format('registration %s is held since %s, until %s', id, held_at, hold_until) FROM registrations WHERE status = 'HELD'"),
    ];
}
