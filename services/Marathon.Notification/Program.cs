using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Adapters;
using Marathon.Notification.Adapters.Provider;
using Marathon.Notification.Adapters.Provider.Solapi;
using Marathon.Notification.Application;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<NotificationDb>("notificationdb");
builder.AddMarathonKafka("kafka");
builder.AddMessaging("notification", handlers => handlers
    .On<RaceScheduled, Announcements>()
    .On<RaceChanged, Announcements>()
    .On<RaceSuspended, Announcements>()
    .On<RaceResumed, Announcements>()
    .On<RegistrationAwaitingPayment, Facts>()
    .On<RegistrationConfirmed, Facts>()
    .On<RegistrationChanged, Facts>()
    .On<RegistrationDeclined, Facts>()
    .On<RegistrationCancelled, Facts>()
    .On<RegistrationExpired, Facts>()
    .On<RegistrationErased, Forgetting>()
    .PassOver<PaymentCompleted>().PassOver<PaymentDeclined>().PassOver<PaymentVoided>()
    .On<PaymentRefunded, Facts>()
    .PassOver<RegisterMasterReceived>()
    .On<GoodsBackordered, Facts>()
    .On<GoodsDispatched, Facts>()
    .On<GoodsDelivered, Facts>()
    .On<GoodsReturnRequested, Facts>()
    .On<ProcurementInspected, Inspections>());
// Before the contacts that it is found by.
builder.Services.AddSingleton(new PersonalData("searches", "dialled(phone_no) IN (SELECT dialled(phone_no) FROM contacts WHERE registration_id = ANY ($1) AND phone_no <> '')", "phone_no"));
builder.Services.AddSingleton(new PersonalData("contacts", "registration_id = ANY ($1)", "name", "phone_no"));
// The messages before what the sandbox was given of them: see SandboxSender.
builder.Services.AddSingleton(new PersonalData("messages", "registration_id = ANY ($1)", "text"));
builder.Services.AddSingleton(new PersonalData("sandbox_sms", "reference IN (SELECT id FROM messages WHERE registration_id = ANY ($1))", "phone_no", "text"));

// Read here, so that a template that is missing or wrong stops the start.
builder.Services.AddSingleton(EmbeddedTemplates.Load());
builder.Services.AddSingleton<IMessages, Messages>().AddSingleton<IMessageQueue, MessageQueue>().AddSingleton<SendMessages>().AddSingleton<SettleMessages>().AddSingleton<NotificationMeter>().AddSingleton<HistoryList>();
var options = builder.Configuration.GetSection("Notification").Get<NotificationOptions>() ?? new NotificationOptions();
if (!Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var publicUrl) || publicUrl.Scheme is not ("http" or "https"))
    throw new InvalidOperationException("Notification:PublicUrl is not set, or is no address. The AppHost sets it.");
builder.Services.AddSingleton(options);
builder.AddSmsProvider(options);
builder.Services.AddHostedService<Dispatcher>().AddHostedService<Reporter>().AddHostedService<Announcer>();
builder.Services.AddSingleton<ILinks, Links>().AddSingleton<LinkSender>().AddHostedService(services => services.GetRequiredService<LinkSender>());
builder.Services.AddOpenApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapLinks();
app.MapHistories();
app.MapSolapi();
app.Run();
