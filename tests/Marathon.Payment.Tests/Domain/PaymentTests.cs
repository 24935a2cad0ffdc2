using Marathon.Payments.Domain;

namespace Marathon.Payments.Tests.Domain;

public sealed class PaymentTests
{
    private const int Amount = 20_000;

    /// <summary>The whole table: a fact in a state, and the state after it (the same: nothing changes). A version counts what is told to others.</summary>
    public static TheoryData<PaymentStatus, string, PaymentStatus> Transitions => new()
    {
        { PaymentStatus.Requested, "captured", PaymentStatus.Completed },
        { PaymentStatus.Requested, "declined", PaymentStatus.Declined },
        { PaymentStatus.Requested, "void", PaymentStatus.Voided },
        { PaymentStatus.Requested, "cancelled", PaymentStatus.Requested },
        { PaymentStatus.Requested, "cancelled-unconfirmed", PaymentStatus.Voided },
        { PaymentStatus.Requested, "refunded", PaymentStatus.Requested },
        { PaymentStatus.Completed, "captured", PaymentStatus.Completed },
        { PaymentStatus.Completed, "declined", PaymentStatus.Completed },
        { PaymentStatus.Completed, "void", PaymentStatus.Completed },
        { PaymentStatus.Completed, "cancelled", PaymentStatus.RefundDue },
        { PaymentStatus.Completed, "cancelled-without-refund", PaymentStatus.Completed },
        { PaymentStatus.Completed, "cancelled-unconfirmed", PaymentStatus.RefundDue },
        { PaymentStatus.Completed, "refunded", PaymentStatus.Completed },
        { PaymentStatus.Declined, "captured", PaymentStatus.Declined },
        { PaymentStatus.Declined, "void", PaymentStatus.Declined },
        { PaymentStatus.Declined, "cancelled-unconfirmed", PaymentStatus.Declined },
        { PaymentStatus.Voided, "captured", PaymentStatus.Voided },
        { PaymentStatus.Voided, "void", PaymentStatus.Voided },
        { PaymentStatus.Voided, "cancelled-unconfirmed", PaymentStatus.Voided },
        { PaymentStatus.RefundDue, "captured", PaymentStatus.RefundDue },
        { PaymentStatus.RefundDue, "void", PaymentStatus.RefundDue },
        { PaymentStatus.RefundDue, "cancelled", PaymentStatus.RefundDue },
        { PaymentStatus.RefundDue, "refunded", PaymentStatus.Refunded },
        { PaymentStatus.Refunded, "void", PaymentStatus.Refunded },
        { PaymentStatus.Refunded, "cancelled", PaymentStatus.Refunded },
        { PaymentStatus.Refunded, "refunded", PaymentStatus.Refunded },
    };

    [Theory]
    [MemberData(nameof(Transitions))]
    public void Apply_WhenInState_LeadsTo(PaymentStatus from, string fact, PaymentStatus to)
    {
        var before = In(from);

        var after = Apply(before, fact);

        Assert.Equal(to, after.Status);
        if (from == to && !after.ReversalDue && after.RefundAmount == before.RefundAmount) Assert.Same(before, after);
        Assert.Equal(before.Version + (from != to && to != PaymentStatus.RefundDue ? 1 : 0), after.Version);
    }

    [Fact]
    public void Settle_WhenVoidedAndSettledAtTheProvider_OwesAReversal()
    {
        var voided = Apply(In(PaymentStatus.Voided), "reversed");
        Assert.False(IsUnsettled(voided));

        var captured = Apply(voided, "captured");

        Assert.True(captured.ReversalDue);
        Assert.True(IsUnsettled(captured));
    }

    [Fact]
    public void VoidedFromTheStart_WhenNobodyEverCharged_OwesNoReversal() =>
        Assert.False(IsUnsettled(Payment.VoidedFromTheStart(Guid.NewGuid(), Guid.NewGuid(), "M-0000-0000", Amount, "KRW")));

    [Theory]
    [InlineData(5_000, 5_000)]
    [InlineData(20_000, 20_000)]
    [InlineData(90_000, 20_000)]
    public void RegistrationCancelled_WhenConfirmed_OwesWhatThePolicyGivesButNoMoreThanWasPaid(int policy, int owed) =>
        Assert.Equal(owed, In(PaymentStatus.Completed).RegistrationCancelled(wasConfirmed: true, policy).RefundAmount);

    [Fact]
    public void RegistrationCancelled_WhenNothingGoesBack_IsKeptInFullForGood()
    {
        var kept = In(PaymentStatus.Completed).RegistrationCancelled(wasConfirmed: true, refundDue: 0);

        Assert.Equal((PaymentStatus.Completed, (int?)0, false), (kept.Status, kept.RefundAmount, IsUnsettled(kept)));
        Assert.Same(kept, kept.RegistrationCancelled(wasConfirmed: true, refundDue: 5_000));
    }

    [Fact]
    public void RegistrationCancelled_WhenNeverConfirmed_OwesEverything() =>
        Assert.Equal(Amount, In(PaymentStatus.Completed).RegistrationCancelled(wasConfirmed: false, refundDue: 0).RefundAmount);

    [Theory]
    [InlineData("captured")]
    [InlineData("declined")]
    [InlineData("void")]
    public void Apply_WhenSettled_ForgetsTheToken(string fact) => Assert.Null(Apply(In(PaymentStatus.Requested), fact).Token);

    /// <summary>
    /// Any facts in any order, against a provider that captures at most once and gives back at most what it captured: whatever happens in between, once nothing
    /// is left to do the books agree with the payment.
    /// </summary>
    [Fact]
    public void Apply_WhateverTheOrder_EndsAsChargedOrVoidedAndNeverPaysBackTwice()
    {
        string[] facts =
        [
            "charge", "captured", "declined", "void", "cancelled", "cancelled-unconfirmed", "cancelled-without-refund",
            "settle", "settle", "settle-fails", "settle-times-out",
        ];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var provider = new Books(Declines: random.Next(4) == 0);
            var payment = In(PaymentStatus.Requested);
            var told = new List<PaymentStatus>();
            for (var step = 0; step < 12; step++) payment = Next(facts[random.Next(facts.Length)]);
            provider.Charge();
            for (var step = 0; step < 3; step++) payment = Next("settle");

            Assert.False(IsUnsettled(payment), $"seed {seed}");
            Assert.Equal(told.Distinct(), told);
            Assert.False(told.Contains(PaymentStatus.Voided) && told.Contains(PaymentStatus.Completed), $"seed {seed}: both voided and charged");
            Assert.Equal(payment.Version, told.Count);
            Assert.Equal(payment.Status switch
            {
                PaymentStatus.Completed => Amount,
                PaymentStatus.Refunded => Amount - payment.RefundAmount!.Value,
                _ => 0,
            }, provider.Captured - provider.GivenBack);

            Payment Next(string fact)
            {
                var after = fact switch
                {
                    "charge" => payment.Settle(provider.Charge()),
                    // An answer that comes late, or again, is the one that the provider gave.
                    "captured" or "declined" => provider.Answer is { } answer ? payment.Settle(answer) : payment,
                    "settle" => Settle(),
                    "settle-fails" => payment,
                    // Done at the provider, and nobody was told.
                    "settle-times-out" => Do(() => Settle()),
                    _ => Apply(payment, fact),
                };
                if (after.Version > payment.Version) told.Add(after.Status);
                var step = $"seed {seed}: {payment.Status} {payment.RefundAmount} {fact} {after.Status} {after.RefundAmount}";
                Assert.True(provider.GivenBack <= provider.Captured && (after.RefundAmount ?? 0) <= after.Amount, step);
                Assert.True(payment.RefundAmount is null || after.RefundAmount == payment.RefundAmount, step);
                Assert.True(after.Status == payment.Status || payment.Status is PaymentStatus.Requested or PaymentStatus.Completed or PaymentStatus.RefundDue, step);
                return after;
            }

            Payment Do(Action happens)
            {
                happens();
                return payment;
            }

            Payment Settle()
            {
                if (payment.Status is PaymentStatus.Requested) return provider.Answer is { } answer ? payment.Settle(answer) : payment;
                if (IsUnsettled(payment)) provider.Cancel(payment.ReversalDue ? payment.Amount : payment.RefundAmount!.Value);
                return payment.ReversalDue ? payment.Reversed() : payment.Refunded();
            }
        }
    }

    /// <summary>Something remains to be done at the provider.</summary>
    private static bool IsUnsettled(Payment payment) => payment.ReversalDue || payment.Status is PaymentStatus.Requested or PaymentStatus.RefundDue;

    private static Payment In(PaymentStatus status)
    {
        var requested = new Payment { RegistrationId = Guid.NewGuid(), PaymentId = Guid.NewGuid(), Number = "M-0000-0000", Amount = Amount, Currency = "KRW", Token = "tok" };
        return status switch
        {
            PaymentStatus.Completed => Apply(requested, "captured"),
            PaymentStatus.Declined => Apply(requested, "declined"),
            PaymentStatus.Voided => Apply(requested, "void"),
            PaymentStatus.RefundDue => Apply(Apply(requested, "captured"), "cancelled"),
            PaymentStatus.Refunded => Apply(Apply(Apply(requested, "captured"), "cancelled"), "refunded"),
            _ => requested,
        };
    }

    private static Payment Apply(Payment payment, string fact) => fact switch
    {
        "captured" => payment.Settle(new ProviderAnswer.Captured("ref")),
        "declined" => payment.Settle(new ProviderAnswer.Declined("card-declined")),
        "void" => payment.Void(),
        "cancelled" => payment.RegistrationCancelled(wasConfirmed: true, refundDue: 5_000),
        "cancelled-without-refund" => payment.RegistrationCancelled(wasConfirmed: true, refundDue: 0),
        "cancelled-unconfirmed" => payment.RegistrationCancelled(wasConfirmed: false, refundDue: 0),
        "reversed" => payment.Reversed(),
        "refunded" => payment.Refunded(),
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, null),
    };

    /// <summary>The provider as its port promises it to be.</summary>
    private sealed record Books(bool Declines)
    {
        public ProviderAnswer? Answer { get; private set; }

        public int Captured { get; private set; }

        public int GivenBack { get; private set; }

        public ProviderAnswer Charge()
        {
            if (Answer is not null) return Answer;
            if (!Declines) Captured += Amount;
            return Answer = Declines ? new ProviderAnswer.Declined("card-declined") : new ProviderAnswer.Captured("ref");
        }

        public void Cancel(int amount)
        {
            Answer ??= new ProviderAnswer.Declined("cancelled");
            GivenBack = Math.Max(GivenBack, Math.Min(Captured, amount));
        }
    }
}
