namespace Marathon.Dashboard.Tests;

public sealed class PayStatusTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly RegistrationRow
        Unknown = new(),
        Registered = new() { Status = "REGISTERED", RegisteredAt = Then },
        Cancelled = Registered with { Status = "CANCELLED", RefundDue = 15_000 },
        CancelledWithoutRefund = Registered with { Status = "CANCELLED", RefundDue = 0 };

    [Fact]
    public void PayStatus_WhenConfirmedBeforeThePaymentIsHeardOf_IsCompleted() =>
        Assert.Equal("COMPLETED", MyPageView.PayStatusOf(Registered));

    [Fact]
    public void PayStatus_WhenPaidBeforeTheRegistrationIsHeardOf_IsCompleted() =>
        Assert.Equal("COMPLETED", MyPageView.PayStatusOf(Unknown with { PaymentStatus = "COMPLETED" }));

    [Theory]
    [InlineData(null)]
    [InlineData("COMPLETED")]
    public void PayStatus_WhenCancelledWithARefund_IsDueUntilItIsPaid(string? payment)
    {
        Assert.Equal("REFUND_DUE", MyPageView.PayStatusOf(Cancelled with { PaymentStatus = payment }));
        Assert.Equal("REFUNDED", MyPageView.PayStatusOf(Cancelled with { PaymentStatus = "REFUNDED" }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("COMPLETED")]
    public void PayStatus_WhenCancelledTooLateForARefund_StaysCompleted(string? payment) =>
        Assert.Equal("COMPLETED", MyPageView.PayStatusOf(CancelledWithoutRefund with { PaymentStatus = payment }));

    [Theory]
    [InlineData("HELD", null, "PAYMENT_PENDING")]
    [InlineData("HELD", "COMPLETED", "COMPLETED")]
    [InlineData("DECLINED", null, "DECLINED")]
    [InlineData("DECLINED", "DECLINED", "DECLINED")]
    [InlineData("EXPIRED", null, "VOIDED")]
    [InlineData("EXPIRED", "VOIDED", "VOIDED")]
    [InlineData("CANCELLED", null, "VOIDED")]
    public void PayStatus_WhenNotConfirmed_IsWhatPaymentSaysOrWillSay(string status, string? payment, string expected) =>
        Assert.Equal(expected, MyPageView.PayStatusOf(new RegistrationRow { Status = status, RefundDue = 0, PaymentStatus = payment }));

    [Fact]
    public void PayStatus_WhenNothingIsHeardOf_IsUnknown() => Assert.Null(MyPageView.PayStatusOf(Unknown));

    /// <summary>The two streams advance independently: every path through the grid of what is known of each only ever goes forward.</summary>
    [Fact]
    public void PayStatus_InEveryInterleaving_NeverStepsBack()
    {
        string?[] order = [null, "COMPLETED", "REFUND_DUE", "REFUNDED"];
        RegistrationRow[] registrations = [Unknown, Registered, Cancelled];
        string?[] payments = [null, "COMPLETED", "REFUNDED"];

        int Rank(int registration, int payment) =>
            Array.IndexOf(order, MyPageView.PayStatusOf(registrations[registration] with { PaymentStatus = payments[payment] }));

        for (var registration = 0; registration < registrations.Length; registration++)
            for (var payment = 0; payment < payments.Length; payment++)
            {
                if (registration > 0) Assert.True(Rank(registration, payment) >= Rank(registration - 1, payment), $"registration {registration}, payment {payment}");
                if (payment > 0) Assert.True(Rank(registration, payment) >= Rank(registration, payment - 1), $"registration {registration}, payment {payment}");
            }
        Assert.Equal("REFUNDED", order[Rank(registrations.Length - 1, payments.Length - 1)]);
    }
}
