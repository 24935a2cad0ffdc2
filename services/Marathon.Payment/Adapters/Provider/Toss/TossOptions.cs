namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>Configured under <c>Payment:Toss</c>.</summary>
public sealed class TossOptions
{
    /// <summary>The secret key of the shop, <c>test_gsk_…</c> or <c>live_gsk_…</c>. Comes from the environment or a secret store, never from the repository.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>Where Toss Payments answers.</summary>
    public Uri Endpoint { get; set; } = new("https://api.tosspayments.com");

    /// <summary>Connections to Toss at once; a further call waits for one, and its time runs. As many as Registration's resolver charges at once.</summary>
    public int Connections { get; set; } = 256;

    /// <summary>Throws, in words for whoever deploys, when it cannot work like this.</summary>
    public TossOptions Checked()
    {
        if (string.IsNullOrWhiteSpace(SecretKey))
            throw new InvalidOperationException("Payment:Provider is toss, but Payment:Toss:SecretKey is not set. Give the secret key of the shop as Payment__Toss__SecretKey.");
        // The key travels with every request.
        if (Endpoint.Scheme != Uri.UriSchemeHttps && !Endpoint.IsLoopback)
            throw new InvalidOperationException("Payment:Toss:Endpoint must be https.");
        return this;
    }
}
