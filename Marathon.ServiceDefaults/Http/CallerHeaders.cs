namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// Who asks, as the gateway tells a service of those who have logged in. To be believed because it comes with the <see cref="ServiceCredential"/>, without
/// which a service answers nothing; the gateway lets nobody outside send them.
/// </summary>
public static class CallerHeaders
{
    /// <summary>The account's name: small letters, digits, <c>. - _</c></summary>
    public const string Account = "X-Marathon-Account";

    /// <summary><c>organiser</c>, <c>crew</c> or <c>auditor</c>.</summary>
    public const string Role = "X-Marathon-Role";
}
