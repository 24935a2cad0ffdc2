namespace Marathon.Gateway.Edge;

/// <summary>What every call meets first, whoever makes it.</summary>
internal static class EdgeExtensions
{
    public static void AddEdge(this WebApplicationBuilder builder)
    {
        builder.AddConnectionLimits();
        builder.AddTrustedProxies();
        builder.Services.AddSingleton(builder.Configuration.GetSection("Limits").Get<LimitOptions>() ?? new LimitOptions()).AddSingleton<Limits>();
        // Other sites' pages whose scripts may call, Cors:Origins with blanks between them. Without cookies: those are for the gateway's own pages.
        var origins = (builder.Configuration["Cors:Origins"] ?? "").Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries);
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(origins)
            .WithMethods("GET", "POST", "PATCH")
            .WithHeaders("Accept-Language", "Authorization", "Content-Type", "Idempotency-Key")
            .WithExposedHeaders("Content-Language", "Location", "Retry-After")
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
    }

    public static void UseEdge(this WebApplication app)
    {
        app.UseTrustedProxies();
        app.UseResponseHygiene();
        app.UseLanguageChoice();
        app.UseCors();
    }

    public static void UseLimitsOfAddress(this WebApplication app) => app.Use(app.Services.GetRequiredService<Limits>().OfAddressAsync);

    public static void UseLimitsOfCaller(this WebApplication app) => app.Use(app.Services.GetRequiredService<Limits>().OfCallerAsync);

    /// <summary>Headers of every answer, wherever it comes from.</summary>
    private static void UseResponseHygiene(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            var headers = response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            // Not none at all: browsers would then leave out the Origin of our own forms, by which we know them.
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.ContentSecurityPolicy = response.HttpContext.Request.Path.StartsWithSegments("/docs") ? PolicyOfDocs : Policy;
            // Whoever came by https once never comes without it again (RFC 6797).
            if (response.HttpContext.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
            headers.Server = default;
            headers.XPoweredBy = default;
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    });

    /// <summary>Pages take everything from here, and nothing that runs or looks like something stands in the page itself.</summary>
    private const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>The pages under /docs are another's, and have their styles in them.</summary>
    private const string PolicyOfDocs = Policy + "; style-src 'self' 'unsafe-inline'";
}
