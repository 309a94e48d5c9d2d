# Images, and what CI and CD need of a repository. The logic is in stacks/cmd/deliver.

.PHONY: images images-push test-containers github-variables

images: ## build the images of api, worker and local as ingest-<name>:dev
	@$(DELIVER) images build api worker local

images-push: ## build the images of this commit and push them to ECR (ENV=prod, PLATFORM=linux/amd64)
	@$(DELIVER) images push

test-containers: ## build both images with buildah, run them with podman against the fake AWS
	cd services && INGEST_CONTAINER_TEST=required go test -count=1 -timeout 20m -v ./tests/container

github-variables: ## print the `gh variable set` lines that the workflows need (ENV=prod)
	@$(DELIVER) github-variables --env $(ENV)
