using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Marathon.ServiceDefaults.Values;
using Npgsql;

namespace Marathon.Payments.Adapters.Postgres;

/// <summary>A payment as operators and organisers see it. Nothing personal, no token.</summary>
/// <param name="Status">As in the state machine; a payment kept in full after a cancellation stays <c>COMPLETED</c> with <c>refundDue</c> 0.</param>
/// <param name="RefundDue">What the cancellation gives back; left out while the registration is not cancelled.</param>
/// <param name="Refunded">What has been paid back.</param>
/// <param name="ReversalDue">It is voided, and the provider has yet to be told.</param>
/// <param name="Attempts">At settling what is, or was, left to do at the provider.</param>
/// <param name="NextAttemptAt">When that is tried again; left out when nothing is left to do.</param>
/// <param name="LastError">Why the last attempt that came to nothing did so; stays on record.</param>
public sealed record PaymentView(
    Guid RegistrationId, string Number, Guid PaymentId, string Status, int Amount, string Currency, string? Reason, string? ProviderReference,
    int? RefundDue, int Refunded, bool ReversalDue, int Attempts, DateTimeOffset? NextAttemptAt, string? LastError,
    DateTimeOffset RequestedAt, DateTimeOffset ChangedAt);

/// <summary>Money that should have left already.</summary>
/// <param name="Kind"><c>refund</c>, or <c>reversal</c> of a charge that may have been captured for a voided payment.</param>
/// <param name="Count">How many payments.</param>
/// <param name="Oldest">How long the oldest has been due.</param>
public sealed record Owed(string Kind, long Count, TimeSpan Oldest);

/// <summary>Reading what <see cref="PaymentStore"/> writes, for people.</summary>
public sealed class PaymentList(NpgsqlDataSource database)
{
    private const string Columns = """
        registration_id, number, payment_id, status, amount, currency, reason, provider_reference,
        refund_amount, reversal_due, attempts, due_at, last_error, created_at, changed_at
        """;

    /// <summary>A page, the latest registrations first (their ids are in the order of time), and how many there are in all.</summary>
    public async Task<PageOf<PaymentView>> PageAsync(PaymentStatus? status, PageQuery page, CancellationToken cancellationToken)
    {
        var chosen = status is { } only ? $"WHERE {Are(only)}" : "";
        await using var count = database.CreateCommand(status is PaymentStatus.Completed
            // Nearly all of them, and no index says which: what the others leave.
            ? "SELECT (SELECT count(*) FROM payments)" + string.Concat(Others.Select(other => $" - (SELECT count(*) FROM payments WHERE {Are(other)})"))
            : $"SELECT count(*) FROM payments {chosen}");
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        // OFFSET 0: the few are found by their own index and then sorted; the planner might as well look for them among all, in order.
        var from = status is PaymentStatus.Requested ? $"(SELECT * FROM payments {chosen} OFFSET 0) AS requested" : $"payments {chosen}";
        await using var select = database.CreateCommand($"SELECT {Columns} FROM {from} ORDER BY registration_id DESC LIMIT $1 OFFSET $2");
        select.Parameters.Add(new() { Value = page.Size });
        select.Parameters.Add(new() { Value = page.Offset });
        return page.Of(await ReadAsync(select, cancellationToken), total);
    }

    /// <summary>By the registration's number, as people write it, or by its id.</summary>
    public async Task<PaymentView?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var byId = Guid.TryParse(name, out var registrationId);
        await using var select = database.CreateCommand($"SELECT {Columns} FROM payments WHERE {(byId ? "registration_id" : "number")} = $1");
        select.Parameters.Add(new() { Value = byId ? registrationId : RegistrationNumber.Normal(name) });
        return (await ReadAsync(select, cancellationToken)).FirstOrDefault();
    }

    /// <summary>What is due at the provider; nothing of a kind is left out.</summary>
    public async Task<IReadOnlyList<Owed>> OwedAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT CASE WHEN reversal_due THEN 'reversal' ELSE 'refund' END, count(*), greatest(now() - min(changed_at), interval '0')
            FROM payments WHERE due_at IS NOT NULL AND status <> 'REQUESTED' GROUP BY 1
            """);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var owed = new List<Owed>();
        while (await rows.ReadAsync(cancellationToken)) owed.Add(new Owed(rows.GetString(0), rows.GetInt64(1), rows.GetTimeSpan(2)));
        return owed;
    }

    private static readonly PaymentStatus[] Others = [.. Enum.GetValues<PaymentStatus>().Where(status => status is not PaymentStatus.Completed)];

    /// <summary>Those of this status, as the table's indexes have them: what is requested is due, and only what is due is in its index.</summary>
    private static string Are(PaymentStatus status) => $"{(status is PaymentStatus.Requested ? "due_at IS NOT NULL AND " : "")}status = '{PaymentRow.Name(status)}'";

    private static async Task<List<PaymentView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var views = new List<PaymentView>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var refund = rows.ValueOrNull<int>(8);
            views.Add(new PaymentView(
                rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), rows.GetString(3), rows.GetInt32(4), rows.GetString(5), rows.TextOrNull(6), rows.TextOrNull(7),
                refund, rows.GetString(3) == PaymentRow.Name(PaymentStatus.Refunded) ? refund!.Value : 0, rows.GetBoolean(9), rows.GetInt32(10),
                rows.ValueOrNull<DateTimeOffset>(11), rows.TextOrNull(12), rows.GetFieldValue<DateTimeOffset>(13), rows.GetFieldValue<DateTimeOffset>(14)));
        }
        return views;
    }
}
