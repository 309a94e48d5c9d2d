# The stacks, thin over pulumi: STACK is compute, data-config or bootstrap, ENV the
# environment. PULUMI_FLAGS goes to pulumi as it is.

STACK ?= compute
ENV ?= prod
PULUMI_FLAGS ?=
export API_IMAGE_TAG WORKER_IMAGE_TAG

.PHONY: preview up refresh destroy outputs stack-init bootstrap

preview: ## show what `make up` would change (STACK=compute ENV=prod)
	@scripts/stack.sh preview $(STACK) $(ENV) $(PULUMI_FLAGS)

up: ## deploy a stack (STACK=compute ENV=prod, API_IMAGE_TAG= WORKER_IMAGE_TAG=)
	@scripts/stack.sh up $(STACK) $(ENV) $(PULUMI_FLAGS)

refresh: ## take what is deployed into a stack's state
	@scripts/stack.sh refresh $(STACK) $(ENV) $(PULUMI_FLAGS)

destroy: ## destroy a stack; compute first, then data-config, then bootstrap
	@scripts/stack.sh destroy $(STACK) $(ENV) $(PULUMI_FLAGS)

outputs: ## print a stack's outputs as JSON
	@scripts/stack.sh outputs $(STACK) $(ENV) $(PULUMI_FLAGS)

stack-init: ## make a new stack on the backend, with the KMS secrets provider
	@scripts/stack.sh init $(STACK) $(ENV) $(PULUMI_FLAGS)

bootstrap: ## deploy bootstrap and move its state into its own bucket
	@scripts/bootstrap.sh $(ENV)
