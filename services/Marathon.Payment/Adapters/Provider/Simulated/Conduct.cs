namespace Marathon.Payments.Adapters.Provider.Simulated;

/// <summary>How the simulated provider behaves when it is asked to charge.</summary>
internal enum ChargeConduct { Approves, Declines, Slow, Fails, TimesOut }

/// <summary>How it behaves when it is asked to give money back.</summary>
internal enum RefundConduct { PaysBack, Fails, TimesOut }

/// <summary>What a token asks for; any other token, and none, leaves it to the rates. docs/payments.md lists them.</summary>
internal static class Tokens
{
    /// <summary>The refund's conduct as it is kept in the books, since the token is forgotten once the charge is settled.</summary>
    public const string Fails = "FAILS", TimesOut = "TIMES_OUT", FailsThenTimesOut = "FAILS_THEN_TIMES_OUT";

    public static ChargeConduct? Charge(string? token) => token switch
    {
        "tok_declined" => ChargeConduct.Declines,
        "tok_slow" => ChargeConduct.Slow,
        "tok_fails" => ChargeConduct.Fails,
        "tok_times_out" => ChargeConduct.TimesOut,
        _ => null,
    };

    public static string? Refund(string? token) => token switch
    {
        "tok_refund_fails" => Fails,
        "tok_refund_times_out" => TimesOut,
        "tok_refund_fails_then_times_out" => FailsThenTimesOut,
        _ => null,
    };

    /// <param name="refunding">As kept in the books.</param>
    /// <param name="attempt">From 1.</param>
    public static RefundConduct? Refund(string? refunding, int attempt) => (refunding, attempt) switch
    {
        (Fails, <= 2) or (FailsThenTimesOut, 1) => RefundConduct.Fails,
        (TimesOut, 1) or (FailsThenTimesOut, 2) => RefundConduct.TimesOut,
        (not null, _) => RefundConduct.PaysBack,
        _ => null,
    };
}
