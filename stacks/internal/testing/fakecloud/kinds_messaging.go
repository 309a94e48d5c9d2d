package fakecloud

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	queueType = "aws:sqs/queue:Queue"
	topicType = "aws:sns/topic:Topic"
	alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

var messagingKinds = map[string]*kind{
	queueType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return "https://sqs." + c.region + ".amazonaws.com/" + Account + "/" + text(inputs, "name")
		},
		autoname: "name", longest: 80,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"url": id, "arn": c.arn("sqs", id[strings.LastIndex(id, "/")+1:])}
		},
		replaces: []string{"name", "fifoQueue"},
		conflict: "QueueAlreadyExists: A queue already exists with the same name and a different value for attribute",
	},
	"aws:sqs/queuePolicy:QueuePolicy":               queueSetting(),
	"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": queueSetting(),

	topicType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string { return c.arn("sns", text(inputs, "name")) },
		autoname: "name", longest: 256,
		computed: func(_ *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": id, "owner": Account}
		},
		replaces: []string{"name", "fifoTopic"},
	},
	"aws:sns/topicPolicy:TopicPolicy": {
		identify: given("arn"),
		computed: func(*Cloud, string, resource.PropertyMap) outputs { return outputs{"owner": Account} },
		replaces: []string{"arn"},
		needs:    []need{{path: "arn", kind: topicType, missing: "NotFound: Topic does not exist: %s"}},
	},
	"aws:sns/topicSubscription:TopicSubscription": {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return text(inputs, "topic") + ":00000000-0000-4000-8000-" + c.hex(12)
		},
		computed: func(_ *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": id, "ownerId": Account, "pendingConfirmation": true, "confirmationWasAuthenticated": false}
		},
		replaces: []string{"topic", "protocol", "endpoint"},
		needs:    []need{{path: "topic", kind: topicType, missing: "NotFound: Topic does not exist: %s"}},
	},

	alarmType: {
		identify: given("name"), autoname: "name", longest: 255,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("cloudwatch", "alarm:"+id)}
		},
		replaces: []string{"name"},
	},
	"aws:cloudwatch/dashboard:Dashboard": {
		identify: given("dashboardName"),
		computed: func(_ *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"dashboardArn": "arn:aws:cloudwatch::" + Account + ":dashboard/" + id}
		},
		replaces: []string{"dashboardName"},
		validate: func(_ *Cloud, inputs resource.PropertyMap) error {
			if !json.Valid([]byte(text(inputs, "dashboardBody"))) {
				return refusal("InvalidParameterInput: The dashboard body is invalid: %s", text(inputs, "dashboardName"))
			}
			return nil
		},
	},
	"aws:cloudwatch/logGroup:LogGroup": {
		identify: given("name"), autoname: "name", longest: 512,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("logs", "log-group:"+id), "logGroupClass": "STANDARD"}
		},
		replaces: []string{"name", "logGroupClass"},
		conflict: "ResourceAlreadyExistsException: The specified log group already exists",
	},
}

// queueSetting is a setting of a queue that is a resource to the provider.
func queueSetting() *kind {
	return &kind{
		identify: given("queueUrl"),
		replaces: []string{"queueUrl"},
		needs:    []need{{path: "queueUrl", kind: queueType, missing: "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist: %s"}},
	}
}
