using Microsoft.AspNetCore.HttpOverrides;

namespace Marathon.Gateway.Edge;

/// <summary>
/// <c>TrustedProxies</c>: the networks of the proxies in front, with blanks between them. What they say about a visitor's address and scheme (<c>X-Forwarded-For</c>,
/// <c>X-Forwarded-Proto</c>) is believed; what anybody else says is not, and by default there is nobody.
/// </summary>
internal static class TrustedProxies
{
    public static void AddTrustedProxies(this WebApplicationBuilder builder)
    {
        var trusted = Networks.Read(builder.Configuration["TrustedProxies"], "TrustedProxies");
        // ASP.NET Core's own switch believes everybody.
        if (builder.Configuration.GetValue("ForwardedHeaders_Enabled", false))
            throw new InvalidOperationException("ASPNETCORE_FORWARDEDHEADERS_ENABLED would let every visitor choose an address. Name the proxies instead: TrustedProxies=10.0.0.0/8");
        builder.Services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in trusted) forwarded.KnownIPNetworks.Add(network);
            // Through as many as are named, and no further: the first stranger from behind is the visitor.
            forwarded.ForwardLimit = null;
        });
        builder.Services.AddSingleton(new Trust(trusted.Count > 0));
    }

    public static void UseTrustedProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<Trust>().Any) app.UseForwardedHeaders();
    }

    private sealed record Trust(bool Any);
}
