package ingestctl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

// cloud answers what ingestctl alone asks of AWS: ECS, CloudWatch Logs and
// CloudWatch. A nil answer of a function is that there is no such thing.
type cloud struct {
	// service is a service as ECS describes it, by its ARN.
	service func(arn string) map[string]any
	// tasks are the image digests of a service's running tasks.
	tasks func(arn string) []string
	// age is that of the oldest message of a queue; below 0 nothing was measured.
	age func(queue string) time.Duration
	// taskDefinition is one as ECS describes it, by its ARN.
	taskDefinition func(arn string) map[string]any
	// alarms and dashboards are those of the account.
	alarms, dashboards []cbor.Map

	mu     sync.Mutex
	groups map[string][]logEvent
}

// logEvent is an event as CloudWatch Logs answers it.
type logEvent struct {
	EventID       string `json:"eventId"`
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
}

// emptyCloud is an account in which nothing is deployed.
func emptyCloud() *cloud {
	return &cloud{
		service: func(string) map[string]any { return nil },
		tasks:   func(string) []string { return nil },
		age:     func(string) time.Duration { return -1 },
		groups:  map[string][]logEvent{},

		taskDefinition: func(string) map[string]any { return nil },
	}
}

// services are those of the cloud by the prefix of X-Amz-Target.
func (c *cloud) services() map[string]fakeaws.Service {
	ecs, logs := awsjson.New("ecs", "1.1"), awsjson.New("logs", "1.1")
	awsjson.Handle(ecs, "DescribeServices", func(_ context.Context, in *struct{ Services []string }) (*map[string]any, error) {
		found, failures := []any{}, []any{}
		for _, arn := range in.Services {
			if service := c.service(arn); service != nil {
				found = append(found, service)
			} else {
				failures = append(failures, map[string]any{"arn": arn, "reason": "MISSING"})
			}
		}
		return &map[string]any{"services": found, "failures": failures}, nil
	})
	awsjson.Handle(ecs, "ListTasks", func(_ context.Context, in *struct{ ServiceName string }) (*map[string]any, error) {
		arns := []string{}
		for i := range c.tasks(in.ServiceName) {
			arns = append(arns, fmt.Sprintf("%s/task/%d", in.ServiceName, i))
		}
		return &map[string]any{"taskArns": arns}, nil
	})
	awsjson.Handle(ecs, "DescribeTasks", func(_ context.Context, in *struct{ Tasks []string }) (*map[string]any, error) {
		tasks := []any{}
		for _, arn := range in.Tasks {
			service, number, _ := strings.Cut(arn, "/task/")
			i, _ := strconv.Atoi(number)
			tasks = append(tasks, map[string]any{"taskArn": arn, "containers": []any{map[string]any{"imageDigest": c.tasks(service)[i]}}})
		}
		return &map[string]any{"tasks": tasks}, nil
	})
	awsjson.Handle(ecs, "DescribeTaskDefinition", func(_ context.Context, in *struct{ TaskDefinition string }) (*map[string]any, error) {
		if found := c.taskDefinition(in.TaskDefinition); found != nil {
			return &map[string]any{"taskDefinition": found}, nil
		}
		return nil, &awsjson.Error{Type: "ClientException", Status: http.StatusBadRequest, Message: "Unable to describe task definition."}
	})
	awsjson.Handle(logs, "FilterLogEvents", c.filterLogEvents)
	return map[string]fakeaws.Service{
		"AmazonEC2ContainerServiceV20141113": ecs, "Logs_20140328": logs, "GraniteServiceVersion20100801": cloudwatch{c},
	}
}

// log adds an event to a log group, which it makes.
func (c *cloud) log(group string, at time.Time, message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups[group] = append(c.groups[group], logEvent{
		EventID: strconv.Itoa(len(c.groups[group])), LogStreamName: "1", Timestamp: at.UnixMilli(), Message: message,
	})
}

// pageOfEvents is how many events an answer holds; the real one goes by size as
// well.
const pageOfEvents = 100

// condition is one of a filter pattern's, which are joined by "or".
var condition = regexp.MustCompile(`\$\.(\w+) = "([^"]+)"`)

func (c *cloud) filterLogEvents(_ context.Context, in *struct {
	LogGroupName  string
	StartTime     int64
	FilterPattern string
	NextToken     string
},
) (*map[string]any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	events, known := c.groups[in.LogGroupName]
	if !known {
		return nil, &awsjson.Error{Type: "ResourceNotFoundException", Status: http.StatusBadRequest, Message: "The specified log group does not exist."}
	}
	wanted := condition.FindAllStringSubmatch(in.FilterPattern, -1)
	page := []logEvent{}
	from, _ := strconv.Atoi(in.NextToken)
	for i := from; i < len(events); i++ {
		var line map[string]any
		// What is not JSON has no fields.
		_ = json.Unmarshal([]byte(events[i].Message), &line)
		matches := in.FilterPattern == "" || slices.ContainsFunc(wanted, func(match []string) bool { return line[match[1]] == match[2] })
		if events[i].Timestamp < in.StartTime || !matches {
			continue
		}
		if len(page) == pageOfEvents {
			return &map[string]any{"events": page, "nextToken": strconv.Itoa(i)}, nil
		}
		page = append(page, events[i])
	}
	return &map[string]any{"events": page}, nil
}

// cloudwatch is CloudWatch, which today's SDKs call by RPC v2 CBOR.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
type cloudwatch struct{ *cloud }

func (c cloudwatch) Operation(r *http.Request) string { return "cloudwatch." + path.Base(r.URL.Path) }

func (c cloudwatch) Refuse(w http.ResponseWriter, _ *http.Request, status int, code, message string) {
	c.answer(w, status, cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)})
}

func (c cloudwatch) answer(w http.ResponseWriter, status int, body cbor.Map) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	_, _ = w.Write(cbor.Encode(body))
}

func (c cloudwatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	decoded, _ := cbor.Decode(body)
	request, ok := decoded.(cbor.Map)
	operation := path.Base(r.URL.Path)
	switch {
	case err != nil || !ok:
		c.Refuse(w, r, http.StatusBadRequest, "SerializationException", "the request is no CBOR map")
	case operation == "DescribeAlarms":
		c.answer(w, http.StatusOK, cbor.Map{"MetricAlarms": withPrefix(c.alarms, "AlarmName", request["AlarmNamePrefix"])})
	case operation == "ListDashboards":
		c.answer(w, http.StatusOK, cbor.Map{"DashboardEntries": withPrefix(c.dashboards, "DashboardName", request["DashboardNamePrefix"])})
	case operation == "GetMetricStatistics" && request["MetricName"] == cbor.String("ApproximateAgeOfOldestMessage"):
		c.answer(w, http.StatusOK, c.oldestAge(request))
	default:
		c.Refuse(w, r, http.StatusBadRequest, "InvalidParameterValue", "the fake CloudWatch has no "+operation+" of that")
	}
}

// withPrefix are the entries whose name has the prefix.
func withPrefix(all []cbor.Map, name string, prefix cbor.Value) cbor.List {
	found := cbor.List{}
	for _, entry := range all {
		if strings.HasPrefix(string(entry[name].(cbor.String)), string(prefix.(cbor.String))) {
			found = append(found, entry)
		}
	}
	return found
}

// oldestAge answers with two measurements, of which the newer counts.
func (c cloudwatch) oldestAge(request cbor.Map) cbor.Map {
	queue := ""
	for _, one := range request["Dimensions"].(cbor.List) {
		queue = string(one.(cbor.Map)["Value"].(cbor.String))
	}
	points := cbor.List{}
	if age := c.age(queue); age >= 0 {
		points = cbor.List{measured(time.Now(), age), measured(time.Now().Add(-time.Minute), age-time.Minute)}
	}
	return cbor.Map{"Label": request["MetricName"], "Datapoints": points}
}

func measured(at time.Time, age time.Duration) cbor.Map {
	const epochSeconds = 1
	return cbor.Map{"Timestamp": &cbor.Tag{ID: epochSeconds, Value: cbor.Float64(at.Unix())}, "Maximum": cbor.Float64(age.Seconds())}
}
