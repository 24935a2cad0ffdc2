using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Payments.Adapters;
using Marathon.Payments.Adapters.Http;
using Marathon.Payments.Adapters.Kafka;
using Marathon.Payments.Adapters.Postgres;
using Marathon.Payments.Adapters.Provider;
using Marathon.Payments.Application;
using Marathon.Payments.Application.Charging;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Application.Settling;
using Marathon.Payments.Application.Voiding;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<PaymentDb>("paymentdb");
builder.AddMarathonKafka("kafka");
builder.AddMessaging("payment", handlers => handlers
    .On<RegistrationCancelled, OnRegistrationCancelled>()
    .On<RegistrationErased, OnErasure>(), keepBack: TimeSpan.FromMinutes(1));
// Gone since the charge was settled, and no registration is erased before.
builder.Services.AddSingleton(new PersonalData("payments", "registration_id = ANY ($1)", "token"));
builder.Services.AddOpenApi();

builder.Services.AddSingleton(builder.Configuration.GetSection("Payment").Get<PaymentOptions>() ?? new PaymentOptions());
builder.Services.AddSingleton<PaymentMeter>();
builder.Services.AddSingleton<IPayments, PaymentStore>().AddSingleton<PaymentList>();
builder.AddPaymentProvider();
builder.Services.AddSingleton<ChargeRegistrationHandler>().AddSingleton<VoidPaymentHandler>().AddSingleton<Settlement>();
builder.Services.AddHostedService<UnsettledPayments>().AddHostedService<OwedWatch>();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ChargeEndpoints.ChargeJson.Default));

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapCharges();
app.MapPayments();
app.Run();
