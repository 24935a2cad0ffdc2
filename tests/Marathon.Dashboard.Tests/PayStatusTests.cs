using Marathon.Testing;
using NpgsqlTypes;

namespace Marathon.Dashboard.Tests;

/// <summary>Where the money is, by what is known of the registration and of the payment.</summary>
public sealed class PayStatusTests(Servers servers) : DashboardTests(servers)
{
    private static readonly Known
        Unknown = new(), Held = new("HELD"), Registered = new("REGISTERED", IsConfirmed: true), Cancelled = Registered with { Status = "CANCELLED", RefundDue = 15_000 },
        TooLate = Cancelled with { RefundDue = 0 };

    [Fact]
    public async Task PayStatus_OfWhatIsKnown_SaysWhereTheMoneyIs()
    {
        foreach (var (known, expected) in new[]
        {
            (Unknown, null),
            (Registered, "COMPLETED"), // confirmed before the payment is heard of
            (Unknown with { Payment = "COMPLETED" }, "COMPLETED"), // and the other way round
            (Held, "PAYMENT_PENDING"), (Held with { Payment = "COMPLETED" }, "COMPLETED"),
            (Cancelled, "REFUND_DUE"), (Cancelled with { Payment = "COMPLETED" }, "REFUND_DUE"), (Cancelled with { Payment = "REFUNDED" }, "REFUNDED"),
            (TooLate, "COMPLETED"), (TooLate with { Payment = "COMPLETED" }, "COMPLETED"),
            (new Known("DECLINED", RefundDue: 0), "DECLINED"), (new Known("DECLINED", RefundDue: 0, Payment: "DECLINED"), "DECLINED"),
            (new Known("EXPIRED", RefundDue: 0), "VOIDED"), (new Known("EXPIRED", RefundDue: 0, Payment: "VOIDED"), "VOIDED"), (new Known("CANCELLED", RefundDue: 0), "VOIDED"),
        })
            Assert.Equal((known, expected), (known, await PayStatusAsync(known)));
    }

    /// <summary>The two streams advance independently: every path through the grid of what is known of each only ever goes forward.</summary>
    [Fact]
    public async Task PayStatus_InEveryInterleaving_NeverStepsBack()
    {
        string?[] order = [null, "PAYMENT_PENDING", "COMPLETED", "REFUND_DUE", "REFUNDED"];
        Known[] registrations = [Unknown, Held, Registered, Cancelled];
        string?[] payments = [null, "COMPLETED", "REFUNDED"];
        var ranks = new int[registrations.Length, payments.Length];

        for (var registration = 0; registration < registrations.Length; registration++)
            for (var payment = 0; payment < payments.Length; payment++)
            {
                var rank = ranks[registration, payment] = Array.IndexOf(order, await PayStatusAsync(registrations[registration] with { Payment = payments[payment] }));
                if (registration > 0) Assert.True(rank >= ranks[registration - 1, payment], $"registration {registration}, payment {payment}");
                if (payment > 0) Assert.True(rank >= ranks[registration, payment - 1], $"registration {registration}, payment {payment}");
            }
        Assert.Equal("REFUNDED", order[ranks[registrations.Length - 1, payments.Length - 1]]);
    }

    private async Task<string?> PayStatusAsync(Known known)
    {
        await using var select = dashboard.Database.CreateCommand("SELECT pay_status_of($1, $2, $3, $4)");
        select.Parameters.Add(new() { Value = (object?)known.Status ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        select.Parameters.Add(new() { Value = (object?)known.Payment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        select.Parameters.Add(new() { Value = (object?)known.RefundDue ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        select.Parameters.Add(new() { Value = known.IsConfirmed ? DateTime.UnixEpoch : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await select.ExecuteScalarAsync() as string;
    }

    private sealed record Known(string? Status = null, bool IsConfirmed = false, int? RefundDue = null, string? Payment = null);
}
