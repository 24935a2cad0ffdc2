namespace Marathon.ServiceDefaults.Postgres;

/// <summary>
/// Services find their rows by key. The planner is kept from anything else: to a table that was empty when it last looked it prefers reading the whole, a
/// prepared statement keeps that plan while the table fills up, and a race sells out sooner than statistics are gathered.
/// Nor is the whole kept for the length of a statement, to look through it for each key: of a table that had a row or two when it last looked that is cheaper, too.
/// (And no compiler: a plan without an alternative to what is off counts as dear enough for it.)
/// </summary>
public static class PlannerSettings
{
    /// <summary>Of a connection.</summary>
    internal const string ByKey = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off";

    /// <summary>Of a transaction that does read whole tables: as PostgreSQL would plan it by itself, but for the compiler.</summary>
    public const string Whole = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on";
}
