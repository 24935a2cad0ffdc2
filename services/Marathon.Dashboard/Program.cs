using Marathon.Contracts;
using Marathon.Dashboard;
using Marathon.Dashboard.Streams;
using Marathon.Messaging;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<DashboardDb>("dashboarddb", isDerived: true);
builder.AddMarathonKafka("kafka");
builder.AddMessaging("dashboard", handlers => handlers
    .On<RegistrationConfirmed, Registrations>()
    .On<RegistrationChanged, Registrations>()
    .On<RegistrationDeclined, Registrations>()
    .On<RegistrationCancelled, Registrations>()
    .On<RegistrationExpired, Registrations>()
    .On<PaymentCompleted, Payments>()
    .On<PaymentDeclined, Payments>()
    .On<PaymentVoided, Payments>()
    .On<PaymentRefunded, Payments>()
    .On<RegisterMasterReceived, Deliveries>()
    .On<GoodsDispatched, Deliveries>()
    .On<GoodsDelivered, Deliveries>()
    .On<GoodsCancelled, Deliveries>()
    .On<GoodsReturnRequested, Deliveries>()
    .On<SmsAccepted, Notifications>());
builder.Services.AddOpenApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapMyPage();
app.Run();
