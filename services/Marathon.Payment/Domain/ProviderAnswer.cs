namespace Marathon.Payments.Domain;

/// <summary>What the provider made of a charge, for good: the same key always gets the same answer.</summary>
public abstract record ProviderAnswer
{
    private ProviderAnswer() { }

    /// <summary>The money is captured.</summary>
    /// <param name="Reference">The provider's own name of the charge.</param>
    public sealed record Captured(string Reference) : ProviderAnswer;

    /// <summary>No money is captured, and none will be.</summary>
    /// <param name="Reason">A stable code: <c>card-declined</c>.</param>
    public sealed record Declined(string Reason) : ProviderAnswer;
}
