using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>What we have asked of Toss for a registration, written before it was asked.</summary>
/// <param name="OrderId">Ours at Toss; null, as the payment key, when it was closed before any charge.</param>
/// <param name="PaymentKey">Toss's name of the payment.</param>
/// <param name="Amount">What the runner is to pay.</param>
/// <param name="Closed">Money goes back, or nobody is to charge it any more.</param>
/// <param name="Confirmations">Confirmations that Toss answered with an error which decided nothing. Part of the idempotency key, see <see cref="TossOrders"/>.</param>
/// <param name="Cancellations">The same of cancellations.</param>
/// <param name="At">When this was written.</param>
/// <param name="Confirmed">Toss has said that it was our confirmation that captured it.</param>
internal sealed record TossOrder(string? OrderId, string? PaymentKey, int Amount, bool Closed, int Confirmations, int Cancellations, DateTimeOffset At, bool Confirmed);

/// <summary>
/// The table <c>toss_orders</c>. Toss answers a repeated idempotency key for 15 days as it answered the first time, errors included. So the key stays
/// the same while no answer has come, and is counted up when the answer was an error that may pass.
/// </summary>
internal sealed class TossOrders(NpgsqlDataSource database)
{
    private const string Columns = "order_id, payment_key, amount, closed, confirmations, cancellations, at, confirmed";

    /// <summary>The registration's order; null when another registration has taken this payment already.</summary>
    public async Task<TossOrder?> OpenAsync(Guid key, TossToken token, int amount, CancellationToken cancellationToken)
    {
        await using (var insert = database.CreateCommand(
            "INSERT INTO toss_orders (key, order_id, payment_key, amount, closed) VALUES ($1, $2, $3, $4, false) ON CONFLICT DO NOTHING"))
        {
            foreach (var value in new object[] { key, token.OrderId, token.PaymentKey, amount }) insert.Parameters.Add(new() { Value = value });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        return await FindAsync(key, cancellationToken);
    }

    /// <summary>The registration's order, if there is one.</summary>
    public async Task<TossOrder?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Columns} FROM toss_orders WHERE key = $1");
        select.Parameters.Add(new() { Value = key });
        return await ReadAsync(select, cancellationToken);
    }

    /// <summary>From now on no confirmation is sent for this registration.</summary>
    public async Task<TossOrder> CloseAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var close = database.CreateCommand($"""
            INSERT INTO toss_orders (key, amount, closed) VALUES ($1, 0, true)
            ON CONFLICT (key) DO UPDATE SET closed = true RETURNING {Columns}
            """);
        close.Parameters.Add(new() { Value = key });
        return (await ReadAsync(close, cancellationToken))!;
    }

    /// <summary>Toss answered our confirmation with the payment: whatever the clocks say, it is ours to give back.</summary>
    public async Task ConfirmedAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand("UPDATE toss_orders SET confirmed = true WHERE key = $1");
        update.Parameters.Add(new() { Value = key });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Toss answered this confirmation with an error that decided nothing: the next one is a new request.</summary>
    public Task NextConfirmationAsync(Guid key, TossOrder asked, CancellationToken cancellationToken) => ExecuteAsync(
        "UPDATE toss_orders SET confirmations = confirmations + 1 WHERE key = $1 AND confirmations = $2", key, asked.Confirmations, cancellationToken);

    /// <inheritdoc cref="NextConfirmationAsync"/>
    public Task NextCancellationAsync(Guid key, TossOrder asked, CancellationToken cancellationToken) => ExecuteAsync(
        "UPDATE toss_orders SET cancellations = cancellations + 1 WHERE key = $1 AND cancellations = $2", key, asked.Cancellations, cancellationToken);

    private async Task ExecuteAsync(string sql, Guid key, int asked, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = asked });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<TossOrder?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken)
            ? new TossOrder(
                rows.TextOrNull(0), rows.TextOrNull(1), rows.GetInt32(2), rows.GetBoolean(3), rows.GetInt32(4), rows.GetInt32(5),
                rows.GetFieldValue<DateTimeOffset>(6), rows.GetBoolean(7))
            : null;
    }
}
