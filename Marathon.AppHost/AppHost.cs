// The application model: which processes, databases and topics there are, and how they are wired.
// Compiled against .NET Aspire, or against local/Marathon.LocalHosting where there are no containers.

using Aspire.Hosting.ApplicationModel;

var builder = DistributedApplication.CreateBuilder(args);

// The services' own credential: a service answers only those who present it. Generated once, kept in the user's secrets.
var serviceKey = builder.AddParameter("service-key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

// What the runners' access keys are derived from.
var accessKeySecret = builder.AddParameter("access-key-secret", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

// Who can log in at the gateway, `name:role:hash` one a line, and the secret their sessions are sealed with. For the gateway alone.
var accounts = builder.AddParameter("accounts", () => builder.Configuration["Parameters:accounts"] ?? "", secret: true);
var sessionKey = builder.AddParameter("session-key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

var postgres = builder.AddPostgres("postgres").WithDataVolume("marathon-postgres");
var kafka = builder.AddKafka("kafka").WithDataVolume("marathon-kafka").WithKafkaUI();

var payment = AddService<Projects.Marathon_Payment>("payment");
var registration = AddService<Projects.Marathon_Registration>("registration").WithReference(payment)
    .WithEnvironment("Registration__AccessKeySecret", accessKeySecret);
var fulfilment = AddService<Projects.Marathon_Fulfilment>("fulfilment").WithReference(registration)
    .WithEnvironment("Fulfilment__Carrier__Secret", builder.AddParameter("carrier-secret", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true));
var notification = AddService<Projects.Marathon_Notification>("notification");
// What is typed into its pages is passed on to the service that it concerns; what they show it knows from events alone.
var dashboard = AddService<Projects.Marathon_Dashboard>("dashboard").WithReference(registration).WithReference(payment).WithReference(fulfilment).WithReference(notification);

var gateway = builder.AddProject<Projects.Marathon_Gateway>("gateway")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("Services__Key", serviceKey)
    .WithEnvironment("Access__Accounts", accounts)
    .WithEnvironment("Access__SessionKey", sessionKey)
    .WithReference(registration)
    .WithReference(payment)
    .WithReference(fulfilment)
    .WithReference(notification)
    .WithReference(dashboard);

// What the links in messages begin with: where runners find the gateway. On one's own machine that is where it listens; elsewhere it must be said.
if (builder.ExecutionContext.IsRunMode && builder.Configuration["Parameters:public-url"] is null) notification.WithEnvironment("Notification__PublicUrl", gateway.GetEndpoint("http"));
else notification.WithEnvironment("Notification__PublicUrl", builder.AddParameter("public-url"));

// The simulated payment provider, which stands in for a real one unless another is configured, takes tokens that a runner can choose.
if (builder.Configuration["Payment:Provider"] is null or "simulated") dashboard.WithEnvironment("Web__SimulatedPayments", "true");

// In a demonstration the shelves are full and kits leave and arrive by themselves; in production the organiser buys and sends them, and the carrier tells.
if (builder.ExecutionContext.IsRunMode)
    fulfilment
        .WithEnvironment("Fulfilment__OpeningStock", "10000")
        .WithEnvironment("Fulfilment__DispatchAfter", "00:00:30")
        .WithEnvironment("Fulfilment__Carrier__TransitTime", "00:00:30")
        .WithEnvironment("Fulfilment__Carrier__CallbackUrl", gateway.GetEndpoint("http"));

// On one's own machine `./marathon user` keeps accounts in a file, which the gateway follows while it runs.
if (builder.Configuration["MARATHON_ACCOUNTS"] is { Length: > 0 } accountsFile)
    gateway.WithEnvironment("Access__AccountsFile", accountsFile);

builder.Build().Run();

// Every service: its own database, the event log, the services' credential.
IResourceBuilder<ProjectResource> AddService<TProject>(string name) where TProject : IProjectMetadata, new()
{
    // No hyphen: the name becomes part of an environment variable's, and some shells pass on only what they could have set themselves.
    var database = postgres.AddDatabase($"{name}db", name);

    return builder.AddProject<TProject>(name)
        .WithHttpHealthCheck("/health")
        .WithEnvironment("Services__Key", serviceKey)
        .WithReference(database).WaitFor(database)
        .WithReference(kafka).WaitFor(kafka);
}
