using Marathon.Contracts;
using Marathon.Dashboard;
using Marathon.Dashboard.Lists;
using Marathon.Dashboard.Live;
using Marathon.Dashboard.Rebuilding;
using Marathon.Dashboard.Streams;
using Marathon.Dashboard.Web;
using Marathon.Messaging;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(Owners.Patience);
builder.AddMarathonDatabase<DashboardDb>("dashboarddb", isSearched: true);
builder.AddMarathonKafka("kafka");
builder.AddMessaging("dashboard", handlers => handlers
    .On<RaceScheduled, Races>()
    .On<RaceChanged, Races>()
    .On<RaceOpened, Races>()
    .On<RaceSuspended, Races>()
    .On<RaceResumed, Races>()
    .On<RaceClosed, Races>()
    .On<RaceSoldOut, Races>()
    .On<RacePlacesReturned, Races>()
    .On<StockChanged, Stock>()
    .On<RegistrationAwaitingPayment, Registrations>()
    .On<RegistrationConfirmed, Registrations>()
    .On<RegistrationChanged, Registrations>()
    .On<RegistrationDeclined, Registrations>()
    .On<RegistrationCancelled, Registrations>()
    .On<RegistrationExpired, Registrations>()
    .On<RegistrationErased, Erased>()
    .On<PaymentCompleted, Payments>()
    .On<PaymentDeclined, Payments>()
    .On<PaymentVoided, Payments>()
    .On<PaymentRefunded, Payments>()
    .On<RegisterMasterReceived, Deliveries>()
    .On<GoodsReady, Deliveries>()
    .On<GoodsBackordered, Deliveries>()
    .On<GoodsDispatched, Deliveries>()
    .On<GoodsDelivered, Deliveries>()
    .On<GoodsPickedUp, Deliveries>()
    .On<GoodsCancelled, Deliveries>()
    .On<GoodsReturnRequested, Deliveries>()
    .On<GoodsReturned, Deliveries>()
    .On<RunnerCheckedIn, Deliveries>()
    .On<SmsAccepted, Notifications>()
    .On<SmsDelivered, Notifications>()
    .On<SmsFailed, Notifications>()
    // A message may be heard of after the erasure; after this, none is.
    .On<MessagesErased, Erased>());
builder.Services.AddSingleton(new PersonalData("registrations", "registration_id = ANY ($1)", "name", "phone_no", "address"));
builder.Services.AddSingleton(new PersonalData("searched", "registration_id = ANY ($1)", "name", "phone"));
builder.Services.AddSingleton(new PersonalData("messages", "registration_id = ANY ($1)", "text"));
builder.Services.AddSingleton<Changes>().AddHostedService<Digest>();
builder.Services.AddSingleton<CellList>().AddSingleton<RaceList>().AddSingleton<RegistrationList>().AddSingleton<Summary>();
builder.Services.AddSingleton<LiveViews>().AddHostedService(services => services.GetRequiredService<LiveViews>());
builder.Services.AddHostedService<Rebuild>();
builder.Services.AddOpenApi();
builder.AddWeb();
builder.Services.AddHostedService<FirstLook>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapMyPage();
app.MapLists();
app.MapLive();
app.MapRebuild();
app.MapWeb();
app.Run();
