namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// Who asks, as the gateway tells a service of those who have logged in. To be believed because it comes with the <see cref="ServiceCredential"/>, without
/// which a service answers nothing; the gateway lets nobody outside send them.
/// </summary>
public static class CallerHeaders
{
    /// <summary>The account's name: small letters, digits, <c>. - _</c></summary>
    public const string Account = "X-Marathon-Account";

    /// <summary>The account's: <see cref="Actor.Organiser"/>, <see cref="Actor.Crew"/> or <see cref="Actor.Auditor"/>.</summary>
    public const string Role = "X-Marathon-Role";

    /// <summary>The network that the request came from, with every request from outside: <c>203.0.113.0/24</c>, or a /48 of IPv6. Not the address: that would be personal.</summary>
    public const string Network = "X-Marathon-Network";
}
