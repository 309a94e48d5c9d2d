# The stacks. STACK is compute, data-config or bootstrap, ENV the environment.
# PULUMI_FLAGS goes to pulumi as it is.

STACK ?= compute
ENV ?= prod
PULUMI_FLAGS ?=
FOLDER = $(if $(filter compute,$(STACK)),.,stacks/$(STACK))
DELIVER = go run ./stacks/cmd/deliver
# deploy reads the tags from the environment, where make puts them.
TAGGED = $(and $(filter compute,$(STACK)),$(API_IMAGE_TAG)$(WORKER_IMAGE_TAG))

# The language host then runs a program with `go run`, which keeps it in Go's build
# cache, instead of linking it again for each command: three quarters of a preview.
export PULUMI_GO_USE_RUN := true

.PHONY: preview up refresh destroy outputs stack-init bootstrap

preview: ## show what `make up` would change (STACK=compute ENV=prod)
ifneq ($(TAGGED),)
	@$(DELIVER) deploy --preview --env $(ENV) -- $(PULUMI_FLAGS)
else
	@pulumi -C $(FOLDER) preview --stack $(ENV) $(PULUMI_FLAGS)
endif

up: ## deploy a stack (STACK=compute ENV=prod, API_IMAGE_TAG= WORKER_IMAGE_TAG=)
ifneq ($(TAGGED),)
	@$(DELIVER) deploy --ask --env $(ENV) -- $(PULUMI_FLAGS)
else
	@pulumi -C $(FOLDER) up --stack $(ENV) $(PULUMI_FLAGS)
endif

refresh: ## take what is deployed into a stack's state
	@pulumi -C $(FOLDER) refresh --stack $(ENV) $(PULUMI_FLAGS)

outputs: ## print a stack's outputs as JSON
	@pulumi -C $(FOLDER) stack output --json --stack $(ENV) $(PULUMI_FLAGS)

destroy: ## destroy a stack; compute first, then data-config, then bootstrap
	@$(DELIVER) destroy $(STACK) --env $(ENV) -- $(PULUMI_FLAGS)

stack-init: ## make a new stack on the backend, with the KMS secrets provider
	@$(DELIVER) stack-init $(STACK) --env $(ENV) -- $(PULUMI_FLAGS)

bootstrap: ## deploy bootstrap and move its state into its own bucket
	@$(DELIVER) bootstrap --env $(ENV)

# The same stacks on an AWS account that is a file on this machine.
LOCALAWS = go run ./services/tests/gobuild -o bin/localaws ./stacks/cmd/localaws && bin/localaws
SET ?=
SETTINGS = $(foreach setting,$(SET),--set $(setting))
ARGS ?= preview

.PHONY: up-local preview-local down-local pulumi-local

up-local: ## apply the three stacks on this machine, without an account, and explain the result (SET="key=value")
	@$(LOCALAWS) up $(SETTINGS)

preview-local: ## show what `make up-local` would change (SET="key=value")
	@$(LOCALAWS) preview $(SETTINGS)

down-local: ## destroy what `make up-local` applied
	@$(LOCALAWS) down

pulumi-local: ## run any pulumi command on a local stack (STACK=compute ARGS="preview --diff")
	@$(LOCALAWS) pulumi $(STACK) $(ARGS)
