using Npgsql;

namespace Marathon.AppHost.Tests;

/// <summary>What the services have stored, read past them.</summary>
internal sealed class Books(string registrations, string payments) : IAsyncDisposable
{
    private readonly NpgsqlDataSource registration = NpgsqlDataSource.Create(registrations), payment = NpgsqlDataSource.Create(payments);

    public async ValueTask DisposeAsync()
    {
        await registration.DisposeAsync();
        await payment.DisposeAsync();
    }

    /// <summary>Registrations of any status, and places taken.</summary>
    public async Task<(long Registrations, long Taken)> CountAsync() => (
        await ScalarAsync(registration, "SELECT count(*) FROM registrations"),
        await ScalarAsync(registration, "SELECT sum(taken) FROM divisions"));

    /// <summary>Registrations under this idempotency key.</summary>
    public Task<long> CountAsync(string idempotencyKey) =>
        ScalarAsync(registration, "SELECT count(*) FROM registrations WHERE idempotency_key = $1", idempotencyKey);

    /// <summary>What the arbiter and the provider know of a registration's money; one line for each row.</summary>
    public async Task<IReadOnlyList<string>> MoneyOfAsync(Guid registerId) => await RowsAsync(payment, """
        SELECT 'payment ' || status || ' ' || amount FROM payments WHERE registration_id = $1
        UNION ALL SELECT 'provider ' || outcome || ' ' || (captured - cancelled) FROM simulated_provider_charges WHERE key = $1 ORDER BY 1
        """, row => row.GetString(0), registerId);

    /// <summary>
    /// Nothing is held, the counter is the rows, and there is a registration for all money that was kept and money for every registration.
    /// </summary>
    public Task BalanceAsync() => Eventually.GetAsync(async () =>
    {
        Assert.Empty(await IdsAsync(registration, "SELECT id FROM registrations WHERE status = 'HELD'"));
        Assert.Empty(await IdsAsync(registration, """
            SELECT id FROM divisions WHERE taken <> (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED'))
            """));
        var registered = await IdsAsync(registration, "SELECT id FROM registrations WHERE status = 'REGISTERED' ORDER BY id");
        Assert.Equal(registered, await IdsAsync(payment, "SELECT registration_id FROM payments WHERE status = 'COMPLETED' ORDER BY 1"));
        Assert.Equal(registered, await IdsAsync(payment, "SELECT key FROM simulated_provider_charges WHERE captured > cancelled ORDER BY 1"));
        return true;
    }, TimeSpan.FromSeconds(40));

    /// <summary>Those of the given registrations that are not <c>REGISTERED</c>.</summary>
    public Task<IReadOnlyList<Guid>> NotRegisteredAsync(IEnumerable<Guid> registerIds) => RowsAsync(registration, """
        SELECT id FROM unnest($1) AS told (id) WHERE NOT EXISTS (SELECT FROM registrations WHERE registrations.id = told.id AND status = 'REGISTERED')
        """, row => row.GetGuid(0), registerIds.ToArray());

    private static Task<IReadOnlyList<Guid>> IdsAsync(NpgsqlDataSource database, string sql) => RowsAsync(database, sql, row => row.GetGuid(0));

    private static async Task<long> ScalarAsync(NpgsqlDataSource database, string sql, params object[] parameters) =>
        Assert.Single(await RowsAsync(database, sql, row => row.GetInt64(0), parameters));

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<T>();
        while (await rows.ReadAsync()) found.Add(read(rows));
        return found;
    }
}
