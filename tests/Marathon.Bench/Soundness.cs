using System.Diagnostics;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>Whether everything has arrived, and whether the books are right, out of the services' databases.</summary>
internal static class Soundness
{
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(5), Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Of what is wrong, by name.</summary>
    private const int MostShown = 10;

    /// <summary>Returns when everything that was registered has arrived everywhere, but at services that are stopped.</summary>
    public static async Task DrainAsync(RunningSystem system, params string[] without)
    {
        var watch = Stopwatch.StartNew();
        while (await MissingAsync(system, without) is { } missing)
        {
            if (watch.Elapsed > DrainDeadline) throw new TimeoutException($"Not drained after {DrainDeadline.TotalMinutes:N0} minutes: {missing}.");
            await Task.Delay(Poll);
        }
    }

    /// <summary>What has not arrived yet, the first of it; null when everything has.</summary>
    private static async Task<string?> MissingAsync(RunningSystem system, string[] without)
    {
        if (await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE status = 'HELD'") is > 0 and var held) return $"{held} held";
        var registered = await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE status = 'REGISTERED'");
        var isTold = !without.Contains("notification");
        if (!without.Contains("fulfilment") && registered - await system.NumberAsync("fulfilment", "SELECT count(*) FROM register_masters WHERE removed_at IS NULL") is not 0 and var roll) return $"{roll} not on the roll";
        if (isTold && registered - await system.NumberAsync("notification", "SELECT count(*) FROM messages WHERE kind = 'confirmed' AND status IN ('ACCEPTED', 'DELIVERED')") is not 0 and var sms) return $"{sms} not told";
        if (without is [] && registered - await system.NumberAsync("dashboard", """
            SELECT count(*) FROM registrations WHERE status = 'REGISTERED' AND payment_status = 'COMPLETED' AND delivery_status IS NOT NULL
            """) is not 0 and var shown) return $"{shown} not shown";
        if (isTold && !without.Contains("dashboard") && registered - await system.NumberAsync("dashboard", "SELECT count(*) FROM messages WHERE kind = 'confirmed'") is not 0 and var messages) return $"{messages} messages not shown";
        foreach (var service in RunningSystem.Services)
            if (await system.UnsentAsync(service) is > 0 and var unsent) return $"{unsent} events of {service} not sent";
        return null;
    }

    /// <summary>Prints whether the places, the money and what people were told are right; returns whether all of it is.</summary>
    /// <param name="system">Drained.</param>
    /// <param name="race">Which people wanted; null: the default race, and there is no other.</param>
    /// <param name="told">What all who wanted it were told.</param>
    public static async Task<bool> CheckAsync(RunningSystem system, Guid? race, Answers[] told)
    {
        // All three are printed, whatever the first of them says.
        bool[] areRight = [await PlacesAreRightAsync(system), await MoneyIsRightAsync(system), await PromisesAreKeptAsync(system, race, told)];
        return areRight.All(isRight => isRight);
    }

    private static async Task<bool> PlacesAreRightAsync(RunningSystem system)
    {
        const string Divisions = "(SELECT *, (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED')) AS rows FROM divisions)";
        var (rows, oversold, wrong) = (
            await system.NumberAsync("registration", $"SELECT sum(rows) FROM {Divisions} AS divisions"),
            await system.NumberAsync("registration", $"SELECT sum(greatest(taken - capacity, rows - capacity, 0)) FROM {Divisions} AS divisions"),
            await system.NumberAsync("registration", $"SELECT count(*) FROM {Divisions} AS divisions WHERE taken <> rows"));
        var areRight = oversold == 0 && wrong == 0;
        Console.WriteLine($"places                    {Word(areRight)}: {oversold} oversold; {rows:N0} registrations take a place, {wrong} divisions count another number");
        return areRight;
    }

    /// <summary>Whether everybody who is registered has paid what they owe, once, and nobody else has: each registration with its amount, in three books that know nothing of one another.</summary>
    private static async Task<bool> MoneyIsRightAsync(RunningSystem system)
    {
        // Nobody cancels here. What goes back, or is about to, was taken in vain: the charge came too late, and is nobody's.
        (string Name, Dictionary<Guid, int> Amounts)[] books =
        [
            ("registered", await AmountsAsync(system, "registration", "SELECT id, amount FROM registrations WHERE status = 'REGISTERED'")),
            ("completed", await AmountsAsync(system, "payment", "SELECT registration_id, amount FROM payments WHERE status = 'COMPLETED'")),
            ("captured", await AmountsAsync(system, "payment", """
                SELECT key, captured - cancelled FROM simulated_provider_charges
                WHERE captured > cancelled AND NOT EXISTS (SELECT FROM payments WHERE registration_id = key AND (reversal_due OR status = 'REFUND_DUE'))
                """)),
        ];
        var wrong = books.SelectMany(book => book.Amounts.Keys).Distinct()
            .Where(id => books.Any(book => !book.Amounts.TryGetValue(id, out var amount) || amount != books[0].Amounts.GetValueOrDefault(id)))
            .ToArray();
        var sums = books.Select(book => $"{book.Amounts.Count:N0} {book.Name}, {Won(book.Amounts):N0} won");
        Console.WriteLine(wrong is []
            ? $"money                     {Word(true)}: {books[0].Amounts.Count:N0} registered, each paid once and in full; {Won(books[0].Amounts):N0} won in all three books"
            : $"money                     {Word(false)}: {string.Join("; ", sums)}; {wrong.Length:N0} not alike");
        foreach (var id in wrong.Take(MostShown))
            Console.WriteLine($"  {id}: {string.Join(", ", books.Select(book => $"{book.Name} {(book.Amounts.TryGetValue(id, out var amount) ? $"{amount:N0}" : "nothing")}"))}");
        return wrong is [];
    }

    /// <summary>Whether as many are registered as were told so, and no more than may be.</summary>
    private static async Task<bool> PromisesAreKeptAsync(RunningSystem system, Guid? race, Answers[] told)
    {
        var registered = await system.NumberAsync("registration",
            "SELECT count(*) FROM registrations WHERE status = 'REGISTERED' AND race_id = coalesce($1::uuid, race_id)", (object?)race ?? DBNull.Value);
        var (promised, open) = (told.Sum(answers => answers.Count("201")), told.Sum(answers => answers.Open));
        var areKept = registered >= promised && registered <= promised + open;
        Console.WriteLine($"promises                  {Word(areKept)}: {promised:N0} were told 201, {open:N0} 202 or nothing certain; {registered:N0} of them are registered");
        return areKept;
    }

    private static string Word(bool isRight) => isRight ? "right" : "WRONG";

    private static long Won(Dictionary<Guid, int> amounts) => amounts.Values.Sum(amount => (long)amount);

    /// <summary>A registration and its money in each row.</summary>
    private static async Task<Dictionary<Guid, int>> AmountsAsync(RunningSystem system, string service, string sql)
    {
        await using var select = system.Database(service).CreateCommand(sql);
        await using var rows = await select.ExecuteReaderAsync();
        var amounts = new Dictionary<Guid, int>();
        while (await rows.ReadAsync()) amounts.Add(rows.GetGuid(0), rows.GetInt32(1));
        return amounts;
    }
}
