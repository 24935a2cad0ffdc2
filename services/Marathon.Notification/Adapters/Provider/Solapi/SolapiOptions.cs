using Marathon.ServiceDefaults.Values;

namespace Marathon.Notification.Adapters.Provider.Solapi;

/// <summary>Configured under <c>Notification:Solapi</c>.</summary>
public sealed class SolapiOptions
{
    /// <summary>The account's key.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Its secret. Comes from the environment or a secret store, never from the repository.</summary>
    public string ApiSecret { get; set; } = "";

    /// <summary>The number that messages come from. It must be registered with Solapi.</summary>
    public string From { get; set; } = "";

    /// <summary>What was agreed upon for reports that Solapi sends by itself; empty: it is only asked.</summary>
    public string WebhookSecret { get; set; } = "";

    /// <summary>Where Solapi answers.</summary>
    public Uri Endpoint { get; set; } = new("https://api.solapi.com");

    /// <summary>Connections to Solapi at once; a further call waits for one.</summary>
    public int Connections { get; set; } = 8;

    /// <summary>Throws, in words for whoever deploys, when it cannot work like this.</summary>
    public SolapiOptions Checked()
    {
        if (string.IsNullOrWhiteSpace(ApiKey) || string.IsNullOrWhiteSpace(ApiSecret))
            throw new InvalidOperationException("Notification:Provider is solapi, but Notification:Solapi:ApiKey or :ApiSecret is not set. Give them as Notification__Solapi__ApiKey and Notification__Solapi__ApiSecret.");
        if (PhoneNumber.Parse(From) is not { IsKorean: true })
            throw new InvalidOperationException("Notification:Solapi:From is no Korean phone number. Give the one that is registered with Solapi as Notification__Solapi__From.");
        // Phone numbers travel with every request.
        if (Endpoint.Scheme != Uri.UriSchemeHttps && !Endpoint.IsLoopback)
            throw new InvalidOperationException("Notification:Solapi:Endpoint must be https.");
        return this;
    }
}
