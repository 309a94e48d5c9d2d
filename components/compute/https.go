package compute

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// HTTPSArgs say how the api answers HTTPS. With none of them it answers plain HTTP.
type HTTPSArgs struct {
	// CertificateArn is a certificate of ACM in the stack's region.
	CertificateArn string `key:"certificateArn" validate:"certificate" description:"ARN of an ACM certificate in this region, with which the load balancer answers HTTPS"`
	// DomainName is the name that clients call. Without CertificateArn, the
	// component makes a certificate for it.
	DomainName string `key:"domainName" validate:"domainName" description:"Name that clients call; with hostedZoneId, its certificate and its records are made"`
	// HostedZoneID is the public hosted zone of Route 53 that DomainName is in.
	HostedZoneID string `key:"hostedZoneId" validate:"hostedZone" description:"Id of the public Route 53 hosted zone that domainName is in"`
	// CloudFront makes a distribution before an internal load balancer: HTTPS under
	// a name of CloudFront's, without a domain.
	CloudFront bool `key:"cloudfront" description:"HTTPS without a domain: a CloudFront distribution before an internal load balancer"`
}

// tlsPolicy accepts TLS 1.3 and 1.2.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

// plainHTTP is the warning of an environment without HTTPS.
const plainHTTP = "the api answers plain HTTP: anyone on the way can read tokens and payloads. " +
	"Set certificateArn, domainName with hostedZoneId, or cloudfront"

// certified reports whether the load balancer has a certificate.
func (h HTTPSArgs) certified() bool { return h.CertificateArn != "" || h.DomainName != "" }

// validate refuses settings that contradict each other.
func (h HTTPSArgs) validate(region string) error {
	var wrong []error
	if h.CloudFront && (h.certified() || h.HostedZoneID != "") {
		wrong = append(wrong, &args.Error{
			Field: "HTTPS.CloudFront", Value: true,
			Allowed: "true without {HTTPS.CertificateArn}, {HTTPS.DomainName} and {HTTPS.HostedZoneID}",
		})
	}
	if h.CloudFront && region != "" && naming.Partition(region) != "aws" {
		wrong = append(wrong, &args.Error{
			Field: "HTTPS.CloudFront", Value: true, Allowed: "false in " + region + ", from which CloudFront reaches no load balancer",
		})
	}
	if h.DomainName != "" && h.CertificateArn == "" && h.HostedZoneID == "" {
		wrong = append(wrong, &args.Error{
			Field: "HTTPS.DomainName", Value: h.DomainName,
			Allowed: "a domain with {HTTPS.HostedZoneID}, or with the {HTTPS.CertificateArn} of its certificate",
		})
	}
	if h.HostedZoneID != "" && h.DomainName == "" {
		wrong = append(wrong, &args.Error{
			Field: "HTTPS.HostedZoneID", Value: h.HostedZoneID, Allowed: "a hosted zone with {HTTPS.DomainName} only",
		})
	}
	if parts := strings.Split(h.CertificateArn, ":"); region != "" && len(parts) > 3 && parts[3] != region {
		wrong = append(wrong, &args.Error{
			Field: "HTTPS.CertificateArn", Value: h.CertificateArn, Allowed: "a certificate in " + region + ", where the load balancer is",
		})
	}
	return errors.Join(wrong...)
}

// warnings are what an operator has to know about the settings.
func (h HTTPSArgs) warnings() []string {
	switch {
	case h.CloudFront:
		return nil
	case !h.certified():
		return []string{plainHTTP}
	case h.DomainName == "":
		return []string{"certificateArn without domainName: url names the load balancer, which no certificate covers. " +
			"Set domainName to the name that clients call"}
	}
	return nil
}

// listeners makes the listeners of the load balancer. With a certificate, port 80
// redirects. The load balancer has 301 and 302 only, after which a client repeats
// a POST as a GET: nothing is accepted on port 80.
func (b *builder) listeners(balancer *lb.LoadBalancer, targets *lb.TargetGroup, out *Compute) (frontend, error) {
	forward := lb.ListenerDefaultActionArray{
		&lb.ListenerDefaultActionArgs{Type: pulumi.String("forward"), TargetGroupArn: targets.Arn},
	}
	if !b.args.HTTPS.certified() {
		out.URL = pulumi.Sprintf("http://%s", balancer.DnsName)
		listener, err := b.listener("http", balancer, &lb.ListenerArgs{
			Port: pulumi.Int(httpPort), Protocol: pulumi.String("HTTP"), DefaultActions: forward,
		})
		if err == nil && b.args.HTTPS.CloudFront {
			err = b.distribution(balancer, listener, out)
		}
		return frontend{targets: targets, listener: listener}, err
	}
	certificate, err := b.certificate()
	if err != nil {
		return frontend{}, fmt.Errorf("making the certificate: %w", err)
	}
	https, err := b.listener("https", balancer, &lb.ListenerArgs{
		Port: pulumi.Int(httpsPort), Protocol: pulumi.String("HTTPS"), DefaultActions: forward,
		SslPolicy: pulumi.String(tlsPolicy), CertificateArn: certificate,
	})
	if err != nil {
		return frontend{}, err
	}
	// A target group needs a listener that forwards to it at every moment.
	_, err = b.listener("http", balancer, &lb.ListenerArgs{
		Port: pulumi.Int(httpPort), Protocol: pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, pulumi.DependsOn([]pulumi.Resource{https}))
	if err != nil {
		return frontend{}, err
	}
	if err := b.alias(balancer); err != nil {
		return frontend{}, fmt.Errorf("making the record of %s: %w", b.args.HTTPS.DomainName, err)
	}
	out.URL = pulumi.Sprintf("https://%s", balancer.DnsName)
	if name := b.args.HTTPS.DomainName; name != "" {
		out.URL = pulumi.Sprintf("https://%s", name)
	}
	return frontend{targets: targets, listener: https}, nil
}

func (b *builder) listener(name string, balancer *lb.LoadBalancer, args *lb.ListenerArgs, opts ...pulumi.ResourceOption) (*lb.Listener, error) {
	args.LoadBalancerArn, args.Tags = balancer.Arn, b.Tags
	return lb.NewListener(b.Ctx, b.names.Named(name), args, b.Child(opts...)...)
}

// certificate is the one that is given, or one that is made for the domain. A made
// one is used only after ACM has issued it, which its DNS record is for; ACM renews
// it while that record exists.
func (b *builder) certificate() (pulumi.StringInput, error) {
	given := b.args.HTTPS
	if given.CertificateArn != "" {
		return pulumi.String(given.CertificateArn), nil
	}
	certificate, err := acm.NewCertificate(b.Ctx, b.names.Named("https"), &acm.CertificateArgs{
		DomainName: pulumi.String(given.DomainName), ValidationMethod: pulumi.String("DNS"), Tags: b.Tags,
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	proof := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(b.Ctx, b.names.Named("certificate"), &route53.RecordArgs{
		ZoneId: pulumi.String(given.HostedZoneID), Name: proof.ResourceRecordName().Elem(), Type: proof.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{proof.ResourceRecordValue().Elem()}, Ttl: pulumi.Int(300),
		// Every certificate that an account has for a domain is validated by the same record.
		AllowOverwrite: pulumi.Bool(true),
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	validation, err := acm.NewCertificateValidation(b.Ctx, b.names.Named("https"), &acm.CertificateValidationArgs{
		CertificateArn: certificate.Arn, ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	return validation.CertificateArn, nil
}

// alias makes the domain's record, where its zone is given.
func (b *builder) alias(balancer *lb.LoadBalancer) error {
	given := b.args.HTTPS
	if given.HostedZoneID == "" {
		return nil
	}
	_, err := route53.NewRecord(b.Ctx, b.names.Named("domain"), &route53.RecordArgs{
		ZoneId: pulumi.String(given.HostedZoneID), Name: pulumi.String(given.DomainName), Type: pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name: balancer.DnsName, ZoneId: balancer.ZoneId, EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, b.Child()...)
	return err
}
