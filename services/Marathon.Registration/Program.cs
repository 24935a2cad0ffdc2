using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Adapters;
using Marathon.Registration.Adapters.Http;
using Marathon.Registration.Adapters.Kafka;
using Marathon.Registration.Adapters.Postgres;
using Marathon.Registration.Application;
using Marathon.Registration.Application.Cancelling;
using Marathon.Registration.Application.Changing;
using Marathon.Registration.Application.Choosing;
using Marathon.Registration.Application.Erasing;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Application.Registering;
using Marathon.Registration.Application.Scheduling;
using Marathon.Registration.Application.Switching;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(PaymentClient.Patience);
builder.AddMarathonDatabase<RegistrationDb>("registrationdb");
builder.AddMarathonKafka("kafka");
builder.AddMessaging("registration", handlers => handlers
    .PassOver<PaymentCompleted>().PassOver<PaymentDeclined>().PassOver<PaymentVoided>()
    .On<PaymentRefunded, PaymentRefundedHandler>()
    .PassOver<RegisterMasterReceived>()
    .On<GoodsDispatched, KitHandler>()
    .On<GoodsPickedUp, KitHandler>()
    .On<GoodsReturned, KitHandler>(), keepBack: TimeSpan.FromMinutes(1));
builder.Services.AddSingleton(Erasing.Kept);
builder.Services.AddOpenApi();

builder.Services.AddPayments();
builder.Services.AddSingleton(_ => new AccessKeys(builder.Configuration["Registration:AccessKeySecret"]
    ?? throw new InvalidOperationException("Registration:AccessKeySecret is not set. The AppHost sets it.")));
builder.Services.AddSingleton<IRegistrations, RegistrationStore>();
builder.Services.AddSingleton<RaceCatalog>().AddSingleton<IRaces>(services => services.GetRequiredService<RaceCatalog>());
builder.Services.AddSingleton<RegistrationMeter>();
builder.Services.AddTransient<RegisterRunnerHandler>().AddTransient<CancelRegistrationHandler>()
    .AddTransient<ChangeRegistrationHandler>().AddTransient<ChooseMessagesHandler>().AddTransient<EraseRegistrationHandler>().AddTransient<EraseRetainedHandler>();
builder.Services.AddSingleton<IRaceBook, RaceBook>();
builder.Services.AddTransient<ScheduleRaceHandler>().AddTransient<ChangeRaceHandler>().AddTransient<SwitchRaceHandler>().AddTransient<SwitchRacesByClockHandler>();
builder.Services.AddHostedService<DefaultRace>();
builder.Services.AddHostedService(services => services.GetRequiredService<RaceCatalog>());
builder.Services.AddHostedService<RaceClock>();
builder.Services.AddHostedService<ResolverWorker>().AddHostedService<RetentionWorker>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapRaces();
app.MapOrganiser();
app.MapRegistrations();
app.Run();
